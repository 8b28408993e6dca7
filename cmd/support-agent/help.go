package main

import "supportd/library/cmdline"

// guide is what the program tells about itself beyond its commands. Customers need none
// of it; whoever starts the program from a script or another program does.
func guide() cmdline.Guide {
	return cmdline.Guide{
		About: "A customer whose computer needs help starts support-agent with the session number that a support rep has read to them. It connects out to the relay, asks before anything is seen or done, and ends with everything that it has started.",
		Topics: map[string]string{
			"exit-codes": `support-agent ends with one of these exit codes:

    0  ok
    1  failed
    2  wrong usage, or a file that cannot be used
    3  some of several scripts failed
    4  the relay does not have the key that was expected
    5  nobody can be asked, or the answer was no
    6  no such support session, or it has ended
    7  a time limit was reached
    8  the relay cannot be reached
  130  interrupted: Ctrl-C, or the window was closed
`,
			"environment": `support-agent reads these variables:

  LC_ALL, LC_MESSAGES, LANG  the language: ko for Korean, else English
  HOME, XDG_STATE_HOME       the support session is kept in supportd/ below XDG_STATE_HOME or
                             ~/.local/state (Windows: below LOCALAPPDATA); where that cannot be
                             used, in /var/tmp/supportd-UID
  DISPLAY, WAYLAND_DISPLAY   whether there is a desktop
  TERM                       "dumb": no colours
  SUPPORT_AGENT_ONCE         when not empty: the program is removed when it ends, so no later command
                             with it is offered
  HTTPS_PROXY, ALL_PROXY     the proxy to the relay: http://, https:// or socks5://[USER:PASSWORD@]HOST:PORT;
                             without them, that of the system's settings (Windows, macOS)
  NO_PROXY                   hosts that are reached without it
`,
		},
		SeeAlso: "supportctl(1), ssh(1)",
	}
}

// examples show how each command is used.
func examples() cmdline.Examples {
	return cmdline.Examples{
		"join":   "482 913 077 --relay relay.example.net --relay-key SHA256:LPzPZHIXg2Lk/dxiYUQHhE3M0vLdXJLbWnvmxGvi1yY",
		"resume": "resume",
		"stop":   "stop",
		"status": "status",
		"report": "report support.html",
	}
}
