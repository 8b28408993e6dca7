package sysinfo

import (
	"context"
	"fmt"
	"runtime"

	"github.com/go-ole/go-ole"
	"github.com/go-ole/go-ole/oleutil"
)

// pendingUpdates asks the update agent what it already knows to be missing;
// nothing is fetched. The agent may take longer than a document has.
func pendingUpdates(ctx context.Context, m *machine) ([]string, error) {
	titles, err := ask(ctx, m.hanging, "update agent", DefaultTimeout, searchUpdates)
	return titles, plainError(err)
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
