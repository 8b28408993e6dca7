package power

import (
	"context"
	"fmt"
	"strconv"

	"golang.org/x/sys/windows/registry"
	"golang.org/x/sys/windows/svc"
)

// bootID is the counter that Windows raises at each start.
func bootID() (string, error) {
	const path = `SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters`
	key, err := registry.OpenKey(registry.LOCAL_MACHINE, path, registry.QUERY_VALUE)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNoBootID, err)
	}
	defer key.Close()
	id, _, err := key.GetIntegerValue("BootId")
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNoBootID, err)
	}
	return strconv.FormatUint(id, 10), nil
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

// service is what the service manager speaks to.
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
