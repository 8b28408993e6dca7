package main

import "supportd/library/cmdline"

// topics are the texts of "help TOPIC" that belong to no command.
func topics() map[string]string {
	return map[string]string{
		"exit-codes": exitCodesTopic, "addresses": addressesTopic, "environment": environmentTopic,
	}
}

func guide() cmdline.Guide {
	return cmdline.Guide{
		About:   "A support rep opens a support session, reads its number to the customer, and then sees the customer's computer and runs scripts on it, each time after the customer has said yes.",
		Topics:  topics(),
		SeeAlso: "ssh(1), ssh_config(5), ssh-agent(1)",
	}
}

// The topics of "help" that belong to no command.
const (
	exitCodesTopic = `supportctl ends with one of these exit codes:

    0  ok
    1  failed
    2  wrong usage, or a file of yours that cannot be used
    3  some of several computers or scripts failed, or were denied
    4  not authenticated: no key, a key that is not accepted, or a host key that is not the expected one
    5  the customer said no, or did not answer
    6  no such support session, or it has ended
    7  a time limit was reached
    8  the relay cannot be reached
  130  interrupted
`
	addressesTopic = `An address of a relay is one of these:

  HOST                  every way there: SSH on port 2222 and on 443, a WebSocket inside TLS (https),
                        and the same by this computer's proxy; the first that works counts, and is
                        tried first the next time
  HOST:PORT             SSH on that port only; [IPv6]:PORT
  https://HOST[:PORT]   the WebSocket only

On each of them the relay is known by its host key, which login has been given. Plain ssh knows one port
only: "supportctl ssh config" makes it start "supportctl connect" where the login has more ways than that.
`
	environmentTopic = `supportctl reads these variables:

  LC_ALL, LC_MESSAGES, LANG  the language: ko for Korean in UTF-8, else English
  HOME, XDG_CONFIG_HOME  your login is kept in supportctl/ below XDG_CONFIG_HOME or ~/.config
                         (Windows: below AppData; macOS: below ~/Library/Application Support)
  SSH_AUTH_SOCK          the ssh-agent that holds your keys, hardware keys among them
  PAGER                  shows long texts; without it they stop after each screen
  LESS                   is set to FRX for the pager where you have not set it
  NO_COLOR               when not empty: no colours
  TERM                   "dumb": no colours, long texts do not stop, and the console is a menu
  ACCESSIBLE             "1": the console (ui) is a numbered menu in lines, for screen readers
  PATH                   where lp is found, for --print
  HTTPS_PROXY, ALL_PROXY the proxy to the relay: http://, https:// or socks5://[USER:PASSWORD@]HOST:PORT;
                         without them, that of the system's settings (Windows, macOS)
  NO_PROXY               hosts that are reached without it

No secret is needed in a variable but a proxy's password, and passphrases are asked for on the terminal only.
`
)
