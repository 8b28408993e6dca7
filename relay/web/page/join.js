// Copies a line to paste where a button is pressed, and shows on the page when the
// computer has joined. Nothing depends on it: without script the page is the same, but
// for this. A random handle goes along with the download, and the relay is asked with the
// handle alone; the number is in no address that this asks.
(function () {
	'use strict';
	var doing = document.querySelector('[data-copy]');

	// mark selects a line, and copies it where the page may not write to the clipboard itself.
	function mark(line, done) {
		getSelection().selectAllChildren(line);
		if (document.execCommand('copy')) done();
	}

	function copy(line, done) {
		if (!navigator.clipboard) return mark(line, done); // without TLS
		navigator.clipboard.writeText(line.textContent).then(done, function () { mark(line, done); });
	}

	function offer(line) {
		var button = document.createElement('button');
		button.type = 'button';
		button.className = 'copy';
		button.textContent = doing.dataset.copy;
		button.addEventListener('click', function () {
			copy(line, function () {
				button.textContent = doing.dataset.copied;
				button.classList.add('copied');
			});
		});
		line.after(button);
	}

	if (doing) doing.querySelectorAll('pre').forEach(offer);
})();
(function () {
	'use strict';
	var state = document.getElementById('state'), links = document.querySelectorAll('a[data-program]');
	if (!state || !window.crypto || !window.fetch) return;
	var handle = Array.from(crypto.getRandomValues(new Uint8Array(16)), function (b) {
		return (256 + b).toString(16).slice(1);
	}).join('');
	var pause = 2000, until = 0, waiting = false; // milliseconds

	function show(text, done) {
		if (state.textContent === text) return;
		state.textContent = text;
		state.className = done ? 'done' : '';
	}

	function ask() {
		fetch('/joined/' + handle, {cache: 'no-store', credentials: 'omit'}).then(function (answer) {
			return answer.ok ? answer.text() : '';
		}).catch(function () {
			return ''; // the network may come back
		}).then(function (answer) {
			if (answer === 'yes') {
				show(state.dataset.joined, true);
				scrollTo(0, 0); // where it stands
				document.title = '✓ ' + document.title;
			} else if (Date.now() < until) {
				setTimeout(ask, pause);
			} else {
				waiting = false;
			}
		});
	}

	function begin() {
		until = Date.now() + 30 * 60 * 1000; // so long does the relay know the handle
		if (state.className !== 'done') show(state.dataset.begun, false);
		if (!waiting) {
			waiting = true;
			setTimeout(ask, pause);
		}
	}

	links.forEach(function (link) {
		link.href += '?handle=' + handle;
		link.addEventListener('click', begin);
	});
})();
