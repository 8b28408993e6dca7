# Runs the program for remote support once, and removes it again.
# It goes to a new private folder, its SHA-256 is checked, it runs as you (no
# administrator is needed), and the folder is removed when it ends.
& {
	Set-StrictMode -Version 2
	$ErrorActionPreference = 'Stop'
	$ProgressPreference = 'SilentlyContinue'
	[Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12
	$processor = $env:PROCESSOR_ARCHITECTURE
	if ($env:PROCESSOR_ARCHITEW6432) { $processor = $env:PROCESSOR_ARCHITEW6432 }
	$arch = @{ AMD64 = 'amd64'; ARM64 = 'arm64' }[$processor]
	if (-not $arch) { Write-Host "support: there is no program for $processor"; return }
	$name = "support-agent-windows-$arch.exe"
	$sums = @{}
	$flags = @{}
{{- range .Programs}}
	$sums['{{.Name}}'] = '{{.Sum}}'
	$flags['{{.Name}}'] = '{{.Know}}'
{{- end}}
	$want = $sums[$name]
	$know = "$($flags[$name])".Split(' ', [StringSplitOptions]::RemoveEmptyEntries)
	Write-Host "This runs the program for remote support once:"
	Write-Host "  1. it downloads {{.From}}$name into a new private folder,"
	Write-Host "  2. it checks the program's SHA-256,"
	Write-Host "  3. it runs it as $([Environment]::UserName), for session number {{.Spoken}},"
	Write-Host "  4. it removes the folder. Nothing is installed. Ctrl-C stops it at any time."
	Write-Host ""
	$dir = Join-Path ([IO.Path]::GetTempPath()) ('support-' + [Guid]::NewGuid().ToString('N'))
	$null = New-Item -ItemType Directory -Path $dir
	$file = $null
	try {
		$program = Join-Path $dir 'support-{{.Number}}.exe'
{{- if .Linked}}
		$list = Join-Path $dir 'sums.txt'
		Invoke-WebRequest -UseBasicParsing -Uri '{{.From}}SHA256SUMS' -OutFile $list
		foreach ($line in Get-Content -LiteralPath $list) {
			if ($line -match '^([0-9a-f]{64}) [ *](\S+)$' -and $Matches[2] -eq $name) { $want = $Matches[1] }
		}
{{- end}}
		if (-not $want) { Write-Host "support: there is no $name to download; tell the person on the phone"; return }
		Invoke-WebRequest -UseBasicParsing -Uri "{{.From}}$name" -OutFile $program
		$file = [IO.File]::OpenRead($program) # as long as it is open, nobody can write to it
		$sum = [BitConverter]::ToString([Security.Cryptography.SHA256]::Create().ComputeHash($file)).Replace('-', '').ToLower()
		if ($sum -ne $want) { Write-Host "support: the SHA-256 of the program is not the expected one; it was not run"; return }
		$env:SUPPORT_AGENT_ONCE = '1'
		& $program join @know
	} finally {
		$env:SUPPORT_AGENT_ONCE = $null
		if ($file) { $file.Close() }
		# Something that looks at new programs may hold it for a moment.
		foreach ($try in 1..20) {
			Remove-Item -Recurse -Force -ErrorAction SilentlyContinue -LiteralPath $dir
			if (-not (Test-Path -LiteralPath $dir)) { break }
			Start-Sleep -Milliseconds 250
		}
		if (Test-Path -LiteralPath $dir) { Write-Host "support: $dir could not be removed; delete it yourself" }
	}
}
