package notice

// Problem says why the relay could not be reached, so that a person on the
// phone can be told what to look at.
type Problem int

// The problems.
const (
	ProblemNone        Problem = iota
	ProblemName                // the relay's name is not known to DNS
	ProblemRefused             // nothing listens at that port
	ProblemUnreachable         // there is no way to that network
	ProblemTimeout             // nobody answered
	ProblemNotSSH              // something else answered, e.g. a hotel's login page
	ProblemHostKey             // it is not the relay that was meant
	ProblemBusy                // the relay cannot take us now
	ProblemBroken              // the connection broke off
	ProblemDisk                // this computer's own disk cannot be written
)
