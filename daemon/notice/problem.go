package notice

// Problem says why the relay could not be reached, so that a person on the
// phone can be told what to look at.
type Problem int

// The problems. Who is what [Retrying.Who] holds.
const (
	ProblemNone          Problem = iota
	ProblemName                  // the relay's name is not known to DNS
	ProblemRefused               // nothing listens at that port, or at any that was tried
	ProblemUnreachable           // there is no way to that network
	ProblemTimeout               // nobody answered
	ProblemNotSSH                // something else answered
	ProblemHostKey               // it is not the relay that was meant
	ProblemBusy                  // the relay cannot take us now
	ProblemBroken                // the connection broke off
	ProblemPortal                // the network wants a login first, e.g. a hotel's; Who: the host of its page, or ""
	ProblemBlocked               // several ports were tried, and this network lets none through
	ProblemProxy                 // the proxy cannot be reached, or says no; Who: its HOST:PORT
	ProblemProxyPassword         // the proxy wants a user and a password, or others; Who: its HOST:PORT
	ProblemProxySetting          // the setting of the proxy is not understood; Who: the variable's name, or ""
	ProblemUntrusted             // the certificate on the way is of nobody that this computer knows; Who: its issuer
	ProblemSelfMade              // the certificate on the way is signed by itself, and this computer does not know it; Who: its subject
	ProblemExpired               // the certificate's time is over, by this computer's clock; Who: its end, as reach.TimeLayout has it
	ProblemNotYet                // the certificate's time has not begun; Who: its begin, likewise
	ProblemOtherName             // the certificate is another host's; Who: that host
	ProblemNoTLS                 // what answers speaks no TLS, where the address begins with https://
	ProblemDisk                  // this computer's own disk cannot be written
)
