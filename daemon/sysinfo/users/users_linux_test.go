package users

import (
	"encoding/binary"
	"testing"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/formats"
	"supportd/daemon/sysinfo/machinetest"
)

func TestK3S1_AdministratorsByPrimaryGroupToo(t *testing.T) {
	m := machinetest.New(machinetest.Tree(map[string]string{
		"etc/passwd": "kim:x:1000:1000:&:/home/kim:/bin/sh\nlee:x:1001:27::/home/lee:/bin/sh\npark:x:1002:1002:Park, Room 5:/home/park:/bin/sh\n",
		"etc/group":  "sudo:x:27:kim\nadm:x:4:park\nwheel:x:10:\n",
	}))
	machinetest.Same(t, "accounts", machinetest.Cells(t, machinetest.TableOf(t, probes().Ask(t, m, document.Users), document.Users, "accounts"), "name", "full_name", "admin"), "kim | Kim | true", "lee | - | true", "park | Park | false")
}

func TestK3S13_WhoIsLoggedOn(t *testing.T) {
	entry := make([]byte, 384)
	binary.NativeEndian.PutUint16(entry, 7)
	binary.NativeEndian.PutUint32(entry[4:], 42)
	copy(entry[8:], "pts/0")
	copy(entry[44:], "kim")
	copy(entry[76:], "192.0.2.9")
	binary.NativeEndian.PutUint32(entry[340:], 1700000000)
	stale := append([]byte{}, entry...)
	binary.NativeEndian.PutUint32(stale[4:], 43)
	files := map[string]string{"run/utmp": string(entry) + string(stale) + string(make([]byte, 384)) + "half", "proc/42/stat": "x"}
	machinetest.Same(t, "utmp", machinetest.Cells(t, machinetest.TableOf(t, probes().Ask(t, machinetest.New(machinetest.Tree(files)), document.Users), document.Users, "logged_on"), "user", "terminal", "from"), "kim | pts/0 | 192.0.2.9")
	files["run/systemd/sessions/2"] = "UID=1000\nUSER=kim\nCLASS=user\nTTY=tty2\nSTATE=active\nREALTIME=1700000000000000\n"
	files["run/systemd/sessions/c1"] = "UID=120\nUSER=gdm\nCLASS=greeter\n"
	files["run/systemd/sessions/3"] = "UID=1001\nUSER=lee\nCLASS=user\nSTATE=closing\n"
	machinetest.Same(t, "logind", machinetest.Cells(t, machinetest.TableOf(t, probes().Ask(t, machinetest.New(machinetest.Tree(files)), document.Users), document.Users, "logged_on"), "user", "terminal"), "kim | tty2")
	long := make([]byte, 400)
	copy(long, entry)
	binary.NativeEndian.PutUint64(long[344:], 1700000000)
	if got := formats.Utmp(long, formats.UtmpSize("arm64")); len(got) != 1 || got[0].Since.Unix() != 1700000000 {
		t.Errorf("%+v", got)
	}
}
