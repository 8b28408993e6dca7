#!/bin/sh
# Runs the program for remote support once, and removes it again.
# It goes to a new private directory, its SHA-256 is checked, it runs as you (no
# administrator is needed), and the directory is removed when it ends.

say() { printf '%s\n' "$*" >&2; }
fail() { say "support: $*"; exit 1; }

# fetch ADDRESS FILE
fetch() {
	if command -v curl >/dev/null 2>&1; then curl -fsSL -o "$2" "$1"
	elif command -v wget >/dev/null 2>&1; then wget -q -O "$2" "$1"
	else fail "neither curl nor wget is here"; fi
}

# sum FILE
sum() {
	if command -v sha256sum >/dev/null 2>&1; then sha256sum <"$1"
	elif command -v shasum >/dev/null 2>&1; then shasum -a 256 <"$1"
	else openssl dgst -sha256 -r <"$1"; fi | cut -d ' ' -f 1
}

# A directory that only we can read, on a disk that lets programs run.
place() {
	for base in "${TMPDIR:-/tmp}" /var/tmp "${HOME:-/nonexistent}"; do
		dir=$(mktemp -d "$base/support.XXXXXX" 2>/dev/null) || continue
		: >"$dir/x" && chmod 700 "$dir/x" && [ -x "$dir/x" ] && rm "$dir/x" && return
		rm -rf "$dir"
	done
	dir=
	fail "there is no directory from which a program may run"
}

main() {
	set -euf # no word becomes the name of a file that lies around
	umask 077
	case $(uname -s) in
	Linux) os=linux ;;
	Darwin) os=darwin ;;
	*) fail "there is no program for $(uname -s)" ;;
	esac
	case $(uname -m) in
	x86_64 | amd64) arch=amd64 ;;
	aarch64 | arm64) arch=arm64 ;;
	*) fail "there is no program for $(uname -m)" ;;
	esac
	# A Mac with an Apple chip may show its programs an Intel one.
	if [ "$os" = darwin ] && [ "$(sysctl -n hw.optional.arm64 2>/dev/null)" = 1 ]; then arch=arm64; fi
	name=support-agent-$os-$arch
	want=
	case $name in
{{- range .Programs}}
	{{.Name}}) want={{.Sum}} know="{{.Know}}" ;;
{{- end}}
	esac

	say "This runs the program for remote support once:"
	say "  1. it downloads {{.From}}$name into a new private directory,"
	say "  2. it checks the program's SHA-256,"
	say "  3. it runs it as $(id -un), for session number {{.Spoken}},"
	say "  4. it removes the directory. Nothing is installed. Ctrl-C stops it at any time."
	say ""
	dir=
	trap 'if [ -n "$dir" ]; then rm -rf "$dir"; fi' EXIT
	trap 'exit 130' HUP INT QUIT TERM
	place
	program=$dir/support-{{.Number}}
{{- if .Linked}}
	know=
	fetch "{{.From}}SHA256SUMS" "$dir/sums"
	want=$(sed -n "s/^\([0-9a-f]\{64\}\) [ *]$name\$/\1/p" "$dir/sums")
	rm "$dir/sums"
{{- end}}
	[ -n "$want" ] || fail "there is no $name to download; tell the person on the phone"
	fetch "{{.From}}$name" "$program" || fail "the program could not be downloaded; check the connection and try again"
	[ "$(sum "$program")" = "$want" ] || fail "the SHA-256 of the program is not the expected one; it was not run"
	chmod 700 "$program"
	code=0
	# The number is in its name, so it asks first whether the customer called. $know is
	# words without spaces inside.
	SUPPORT_AGENT_ONCE=1 "$program" join $know || code=$?
	exit "$code"
}

main
