package cmdline

import "github.com/urfave/cli/v2"

// examplesKey is where an app keeps its [Examples].
const examplesKey = "examples"

// Examples are command lines that show how a command is used, by the command's path:
// "session start". How the program is called stands before each of them.
type Examples map[string]string

// AddTo lets the help of each command of app end with its example. called is how the
// program is called: its name, or the ssh command before the words.
func (e Examples) AddTo(app *cli.App, called string) *cli.App {
	whole := make(Examples, len(e))
	for path, example := range e {
		whole[path] = called + " " + example
	}
	if app.Metadata == nil {
		app.Metadata = map[string]any{}
	}
	app.Metadata[examplesKey] = whole
	return app
}

// exampleOf is the example of a command, or "".
func exampleOf(app *cli.App, path string) string {
	all, _ := app.Metadata[examplesKey].(Examples)
	return all[path]
}
