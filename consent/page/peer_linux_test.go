package page_test

import (
	"bufio"
	"net"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"testing"

	"supportd/consent/page"
)

func tellsUsers() bool { return true }

// dialAs connects as another user: the file system's user id is that of the thread, and
// a socket is made with it (credentials(7), setfsuid(2)).
func dialAs(t *testing.T, user, port int) net.Conn {
	t.Helper()
	got := make(chan *os.File, 1)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with its user
		defer close(got)
		if _, _, errno := syscall.Syscall(syscall.SYS_SETFSUID, uintptr(user), 0, 0); errno != 0 {
			return
		}
		fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
		if err != nil {
			return
		}
		if err := syscall.Connect(fd, &syscall.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}); err != nil {
			syscall.Close(fd)
			return
		}
		got <- os.NewFile(uintptr(fd), "socket")
	}()
	f := <-got
	if f == nil {
		t.Fatal("cannot connect as another user")
	}
	defer f.Close()
	c, err := net.FileConn(f)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestY3_AnotherUsersConnection(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can connect as another user")
	}
	s := serve(t, page.Options{})
	_, number, err := net.SplitHostPort(s.host)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(number)
	if err != nil {
		t.Fatal(err)
	}
	for user, want := range map[int]int{0: http.StatusOK, 65534: http.StatusForbidden, 1000: http.StatusForbidden} {
		c := dialAs(t, user, port)
		if err := get(t, s, "/").Write(c); err != nil {
			t.Fatal(err)
		}
		answer, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil || answer.StatusCode != want {
			t.Errorf("user %d: %v %v", user, answer, err)
		}
	}
	desktop := serve(t, page.Options{Users: []int{1000}})
	if status, _ := do(t, get(t, desktop, "/")); status != http.StatusForbidden {
		t.Errorf("root, where the desktop is another user's: %d", status)
	}
}
