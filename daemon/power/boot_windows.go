package power

import (
	"context"
	"fmt"
	"strconv"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/svc"
)

// bootID is the time at which Windows has started. When the clock is set, the system
// moves that time and counts by how much. Without that amount it stays the same while the
// system runs.
func bootID() (string, error) {
	// SYSTEM_TIMEOFDAY_INFORMATION (winternl.h, and phnt's ntexapi.h for its
	// fields), in units of 100 ns.
	var info struct {
		boot, current, zoneBias int64
		zone, _                 uint32
		bootBias, sleepBias     uint64
	}
	const timeOfDay = 3 // SystemTimeOfDayInformation
	if err := windows.NtQuerySystemInformation(timeOfDay, unsafe.Pointer(&info), uint32(unsafe.Sizeof(info)), nil); err != nil {
		return "", fmt.Errorf("%w: %w", ErrNoBootID, err)
	}
	if info.boot == 0 {
		return "", ErrNoBootID
	}
	return strconv.FormatInt(info.boot-int64(info.bootBias), 16), nil
}

func serve(ctx context.Context, run func(context.Context) error) error {
	asService, err := svc.IsWindowsService()
	if err != nil {
		return err
	}
	if !asService {
		return run(ctx)
	}
	s := &service{ctx: ctx, run: run}
	if err := svc.Run(EntryName, s); err != nil {
		return err
	}
	return s.err
}

// service is called by the service manager.
type service struct {
	ctx context.Context // of the call of serve, which waits for Execute
	run func(context.Context) error
	err error
}

// Execute implements [svc.Handler].
func (s *service) Execute(_ []string, asked <-chan svc.ChangeRequest, status chan<- svc.Status) (bool, uint32) {
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- s.run(ctx) }()
	status <- svc.Status{State: svc.Running, Accepts: svc.AcceptStop | svc.AcceptShutdown}
	for {
		select {
		case s.err = <-done:
			status <- svc.Status{State: svc.StopPending}
			return false, 0
		case request := <-asked:
			switch request.Cmd {
			case svc.Interrogate:
				status <- request.CurrentStatus
			case svc.Stop, svc.Shutdown:
				status <- svc.Status{State: svc.StopPending}
				cancel()
			}
		}
	}
}
