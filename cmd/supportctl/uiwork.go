package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os/exec"
	"strings"
	"sync"
	"time"

	"supportd/cmd/supportctl/console"
	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/report"
	"supportd/library/text"
	"supportd/library/wire"
	"supportd/relay/client"
)

// scriptBackend is the script library for the console.
type scriptBackend struct{ *backend }

// List implements [console.Scripts].
func (d scriptBackend) List(ctx context.Context) (list []api.Script, err error) {
	err = d.onRelay(ctx, func(r *client.Relay) (err error) { list, err = r.Scripts(ctx); return err })
	return list, err
}

// Show implements [console.Scripts].
func (d scriptBackend) Show(ctx context.Context, name string) (s api.Script, err error) {
	err = d.onRelay(ctx, func(r *client.Relay) (err error) { s, err = r.Script(ctx, name, 0); return err })
	return s, err
}

// Publish implements [console.Scripts].
func (d scriptBackend) Publish(ctx context.Context, name string, everybody bool) error {
	flag := "--unpublish"
	if everybody {
		flag = "--publish"
	}
	return d.onRelay(ctx, func(r *client.Relay) error { return r.PutScript(ctx, "edit", nil, name, flag) })
}

// Remove implements [console.Scripts].
func (d scriptBackend) Remove(ctx context.Context, name string) error {
	return d.onRelay(ctx, func(r *client.Relay) error { return r.RemoveScript(ctx, name) })
}

// Categories implements [console.Scripts].
func (d scriptBackend) Categories(ctx context.Context) (names []string, err error) {
	err = d.onRelay(ctx, func(r *client.Relay) error {
		list, err := r.Categories(ctx)
		for _, category := range list {
			names = append(names, category.Name)
		}
		return err
	})
	return names, err
}

// Add implements [console.Scripts].
func (d scriptBackend) Add(ctx context.Context, f console.ScriptForm) error {
	return d.onRelay(ctx, func(r *client.Relay) error { return d.p.addScript(ctx, r, d.lines.profile, formFrom(f)) })
}

// Change implements [console.Scripts].
func (d scriptBackend) Change(ctx context.Context, before api.Script, f console.ScriptForm) error {
	return d.onRelay(ctx, func(r *client.Relay) error {
		return d.p.editScript(ctx, r, d.lines.profile, before, formFrom(f), before.Version)
	})
}

func formFrom(f console.ScriptForm) form {
	return form{Name: f.Name, Category: f.Category, Description: f.Description, File: f.File, With: f.With, Publish: f.Publish}
}

// Editor implements [console.Scripts]: it is this program's own form, in an editor.
func (d scriptBackend) Editor(name string, change bool) *exec.Cmd {
	verb := "add"
	if change {
		verb = "edit"
	}
	return exec.Command(d.p.self, "script", verb, "--", name)
}

// told is the display that hands the events of a job to the console, which hears
// from [scriptBackend.Run] how a computer's work ended.
type told struct {
	tell    func(console.RunEvent)
	speaker *text.Speaker
}

func (o told) reached(t *target, s stage) {
	if said := s.text(o.speaker, t); said != "" {
		o.say(t, said)
	}
}

func (o told) finish(*target) {}

func (o told) hold() (release func()) { return func() {} }

func (o told) say(t *target, s string) { o.tell(console.RunEvent{Number: t.session.Number, Note: s}) }

func (o told) show(t *target, e client.Event) error {
	o.tell(console.RunEvent{Number: t.session.Number, Event: &e})
	return nil
}

// Run implements [console.Scripts].
func (d scriptBackend) Run(ctx context.Context, names []string, on []wire.Number, accepted string, cancel <-chan struct{}, tell func(console.RunEvent)) error {
	j := &job{p: d.p, parallel: len(on), lines: d.lines, board: told{tell, d.p.std.Speaker}}
	err := d.onRelay(ctx, func(r *client.Relay) (err error) {
		from := &shelf{p: d.p, relay: r, profile: d.lines.profile}
		if j.plan, err = d.p.resolve(names, from.fetch(ctx)); err != nil {
			return err
		}
		var said []string
		for _, group := range from.newcomers() {
			said = append(said, question(d.p.say, group))
		}
		if all := strings.Join(said, "\n\n"); all != "" && all != accepted {
			return &console.NewAuthor{Said: all}
		}
		if err := from.settle(ctx, true); err != nil {
			return err
		}
		specs := numberWords(on)
		j.targets, err = targets(ctx, r, specs)
		return err
	})
	if err != nil {
		return err
	}
	var working sync.WaitGroup
	for _, t := range j.targets {
		var own context.Context
		own, t.stop = context.WithCancelCause(ctx)
		working.Go(func() {
			defer t.stop(nil)
			err := j.serve(own, t)
			tell(console.RunEvent{Number: t.session.Number, Ended: true, Err: err, Denied: cmdline.Code(err) == cmdline.ExitDenied})
		})
	}
	over := make(chan struct{})
	go func() { defer close(over); working.Wait() }()
	for {
		select {
		case <-over:
			return nil
		case <-cancel:
			j.cancel(ctx)
		}
	}
}

// reportBackend are the reports for the console.
type reportBackend struct{ *backend }

// List implements [console.Reports].
func (d reportBackend) List(ctx context.Context) (list []api.Report, err error) {
	err = d.onRelay(ctx, func(r *client.Relay) (err error) { list, err = r.Reports(ctx); return err })
	return list, err
}

// maxRead bounds a report that is read on the screen, in bytes.
const maxRead = 16 << 20

// Read implements [console.Reports].
func (d reportBackend) Read(ctx context.Context, n wire.Number, l text.Language) (string, error) {
	var s bytes.Buffer
	err := d.onRelay(ctx, func(r *client.Relay) error {
		return d.p.ofRelay(ctx, r, n, func(src report.Source) error {
			return src.Text(&first{w: &s, left: maxRead}, report.Style{Language: l, Zone: time.Local})
		})
	})
	return s.String(), err
}

// first keeps the first bytes, and says that there are more.
type first struct {
	w    *bytes.Buffer
	left int
	cut  bool
}

// Write implements [io.Writer].
func (f *first) Write(p []byte) (int, error) {
	keep := min(len(p), f.left)
	f.w.Write(p[:keep])
	f.left -= keep
	if keep < len(p) && !f.cut {
		f.w.WriteString("\n[…]\n")
		f.cut = true
	}
	return len(p), nil
}

// Verify implements [console.Reports].
func (d reportBackend) Verify(ctx context.Context, n wire.Number) (proved bool, sentence string, err error) {
	cas, err := d.p.csrCAs(nil)
	if err != nil {
		return false, "", err
	}
	v := verifier{p: d.p, wanted: n, host: d.lines.profile.knownAs, cas: cas}
	err = d.onRelay(ctx, func(r *client.Relay) error {
		return d.p.fetch(ctx, r, n, func(in io.Reader) error {
			reader := report.NewReader(in)
			h, err := reader.Next()
			if errors.Is(err, io.EOF) {
				return cmdline.Fail(cmdline.ExitFailed, "", "the relay has sent no report")
			}
			var got report.Verdict
			keys := &doors{cas: v.cas}
			if err == nil {
				got, err = report.VerifyEach(reader, h, keys.see)
			}
			found, err := v.judge(h, got, keys, err)
			proved, sentence = found.Proof.OK(), found.Text
			return err
		})
	})
	return proved && err == nil, sentence, err
}

// Export implements [console.Reports].
func (d reportBackend) Export(ctx context.Context, n wire.Number, path string) error {
	var s bytes.Buffer
	err := d.onRelay(ctx, func(r *client.Relay) error {
		return r.CopyReport(ctx, &s, "show", string(n), "-o", string(report.AsJSONL))
	})
	if err != nil {
		return err
	}
	return newFile(path, s.Bytes())
}
