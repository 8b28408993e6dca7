package software

import (
	"context"
	"fmt"
	"runtime"

	"github.com/go-ole/go-ole"
	"github.com/go-ole/go-ole/oleutil"
	"golang.org/x/sys/windows/registry"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/machine"
)

// pendingUpdates asks the update agent what it already knows to be missing;
// nothing is fetched. The agent may take longer than a document has.
func pendingUpdates(ctx context.Context, m *machine.Machine) ([]string, error) {
	titles, err := machine.Ask(ctx, m.Hanging, "update agent", machine.Longest, searchUpdates)
	return titles, machine.PlainError(err)
}

func searchUpdates() (titles []string, err error) {
	runtime.LockOSThread() // COM belongs to a thread
	defer runtime.UnlockOSThread()
	if err := ole.CoInitializeEx(0, ole.COINIT_MULTITHREADED); err == nil {
		defer ole.CoUninitialize()
	}
	unknown, err := oleutil.CreateObject("Microsoft.Update.Searcher")
	if err != nil {
		return nil, fmt.Errorf("update agent: %w", err)
	}
	defer unknown.Release()
	searcher, err := unknown.QueryInterface(ole.IID_IDispatch)
	if err != nil {
		return nil, fmt.Errorf("update agent: %w", err)
	}
	defer searcher.Release()
	if _, err := oleutil.PutProperty(searcher, "Online", false); err != nil {
		return nil, fmt.Errorf("update agent: %w", err)
	}
	result, err := oleutil.CallMethod(searcher, "Search", "IsInstalled=0 and IsHidden=0")
	if err != nil {
		return nil, fmt.Errorf("update agent: %w", err)
	}
	defer result.Clear()
	updates, err := oleutil.GetProperty(result.ToIDispatch(), "Updates")
	if err != nil {
		return nil, fmt.Errorf("update agent: %w", err)
	}
	defer updates.Clear()
	err = oleutil.ForEach(updates.ToIDispatch(), func(v *ole.VARIANT) error {
		defer v.Clear()
		title, err := oleutil.GetProperty(v.ToIDispatch(), "Title")
		if err != nil {
			return err
		}
		defer title.Clear()
		titles = append(titles, title.ToString())
		return nil
	})
	return titles, err
}

// Updates fills the category Updates, with what the system knows already; nothing
// is fetched.
func Updates(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	s.Set("source", "Windows Update")
	const update = `SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update`
	const servicing = `SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing`
	s.Set("reboot_required", machine.RegExists(registry.LOCAL_MACHINE, update+`\RebootRequired`) || machine.RegExists(registry.LOCAL_MACHINE, servicing+`\RebootPending`))
	s.Set("last_install", machine.RegText(registry.LOCAL_MACHINE, update+`\Results\Install`, "LastSuccessTime"))
	s.Set("lists_refreshed", machine.RegText(registry.LOCAL_MACHINE, update+`\Results\Detect`, "LastSuccessTime"))
	t := s.Table("installed", document.Col("name"), document.Col("kind"), document.Col("installed"))
	fixes, err := machine.Query[struct{ HotFixID, Description, InstalledOn string }](ctx, m, machine.CIMv2, "Win32_QuickFixEngineering", "")
	t.Fail(err)
	for _, f := range fixes {
		t.Add(f.HotFixID, f.Description, f.InstalledOn)
	}
	pending, err := pendingUpdates(ctx, m)
	s.Try("pending", len(pending), err)
	packages := s.Table("packages", document.Col("name"))
	for _, title := range pending {
		packages.Add(title)
	}
	return nil
}
