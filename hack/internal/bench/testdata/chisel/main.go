// Command chisel stands in for github.com/jpillora/chisel in a test: it understands the
// command lines that the benchmark uses, says what the benchmark waits for, and leads bytes
// through a server to a client. It encrypts nothing.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"strings"
)

const fingerprint = "c3RhbmRzIGluIGZvciBhIGZpbmdlcnByaW50LCAzMg=="

func main() {
	run := map[string]func([]string) error{"server": server, "client": client}[os.Args[1]]
	if err := run(os.Args[2:]); err != nil {
		log.Fatal(err)
	}
}

func server(args []string) error {
	flags := flag.NewFlagSet("server", flag.ExitOnError)
	host, port := flags.String("host", "0.0.0.0", ""), flags.String("port", "8080", "")
	reverse := flags.Bool("reverse", false, "")
	_ = flags.Parse(args)
	log.Printf("server: Fingerprint %s", fingerprint)
	l, err := net.Listen("tcp", net.JoinHostPort(*host, *port))
	if err != nil {
		return err
	}
	log.Printf("server: Listening on http://%s", l.Addr())
	backs := make(chan net.Conn)
	for {
		nc, err := l.Accept()
		if err != nil {
			return err
		}
		go func() {
			in := bufio.NewReader(nc)
			line, _ := in.ReadString('\n')
			words := strings.Fields(line)
			switch {
			case len(words) != 3 || words[0] != os.Getenv("AUTH"):
				nc.Close()
			case words[1] == "back": // a client has reached the target
				backs <- buffered{nc, in}
			case words[1] == "R" && *reverse:
				serveReverse(nc, words[2], backs)
			case words[1] == "stdio":
				fmt.Fprintln(nc, "ok")
				to, err := net.Dial("tcp", words[2])
				if err != nil {
					nc.Close()
					return
				}
				join(buffered{nc, in}, to)
			}
		}()
	}
}

// serveReverse listens at addr; the client connects once more for each connection there.
func serveReverse(nc net.Conn, addr string, backs <-chan net.Conn) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		nc.Close()
		return
	}
	fmt.Fprintln(nc, "ok")
	for {
		from, err := l.Accept()
		if err != nil {
			return
		}
		fmt.Fprintln(nc, "come")
		go join(<-backs, from)
	}
}

func client(args []string) error {
	flags := flag.NewFlagSet("client", flag.ExitOnError)
	pin := flags.String("fingerprint", "", "")
	flags.Int("max-retry-count", -1, "")
	_ = flags.Parse(args)
	if *pin != fingerprint {
		return fmt.Errorf("client: Invalid fingerprint (%s)", fingerprint)
	}
	addr, remote := strings.TrimPrefix(flags.Arg(0), "http://"), flags.Arg(1)
	way, rest, _ := strings.Cut(remote, ":")
	at, target := rest, ""
	if way == "R" { // HOST:PORT:HOST:PORT
		parts := strings.Split(rest, ":")
		at, target = parts[0]+":"+parts[1], parts[2]+":"+parts[3]
	}
	nc, in, err := dial(addr, way, at)
	if err != nil {
		return err
	}
	if line, err := in.ReadString('\n'); line != "ok\n" {
		return fmt.Errorf("client: Config verification failed: %w", err)
	}
	log.Print("client: Connected (Latency 1ms)")
	if way == "stdio" {
		go func() { _, _ = io.Copy(nc, os.Stdin); os.Exit(0) }()
		_, err := io.Copy(os.Stdout, in)
		return err
	}
	for {
		if _, err := in.ReadString('\n'); err != nil {
			return err
		}
		to, err := net.Dial("tcp", target)
		if err != nil {
			return err
		}
		back, in, err := dial(addr, "back", "-")
		if err != nil {
			return err
		}
		go join(buffered{back, in}, to)
	}
}

func dial(addr, way, at string) (net.Conn, *bufio.Reader, error) {
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, nil, err
	}
	_, err = fmt.Fprintln(nc, os.Getenv("AUTH"), way, at)
	return nc, bufio.NewReader(nc), err
}

// buffered reads what was read ahead first.
type buffered struct {
	net.Conn
	in *bufio.Reader
}

func (b buffered) Read(p []byte) (int, error) { return b.in.Read(p) }

func join(a, b net.Conn) {
	go func() { _, _ = io.Copy(a, b); a.Close(); b.Close() }()
	_, _ = io.Copy(b, a)
	a.Close()
	b.Close()
}
