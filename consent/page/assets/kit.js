// What the other files share: elements, words, requests, and when a button counts.

export const $ = (id) => document.getElementById(id);

// make is a new element. Text is always text: nothing here is ever taken for HTML.
export function make(tag, text, attributes) {
	const e = document.createElement(tag);
	if (text !== undefined) e.textContent = text;
	for (const [name, value] of Object.entries(attributes || {})) e.setAttribute(name, value);
	return e;
}

// foreign is text that somebody else wrote: its direction is its own.
export const foreign = (text) => make("bdi", text);

export function show(e, yes) { e.hidden = !yes; }

// belowHeader lets what is scrolled to stand below the line with Stop, however high that is.
export function belowHeader() {
	document.documentElement.style.scrollPaddingTop = document.querySelector("header").offsetHeight + 12 + "px";
}

// focus gives a button the focus, and leaves what says what it is for in sight: on a
// small screen both may not fit. The line with Stop may just have grown.
export function focus(button, headline) {
	belowHeader();
	headline.scrollIntoView({ block: "start" });
	button.focus({ preventScroll: true });
}

// problem shows a sentence in its place, or takes it away.
export function problem(id, sentence) {
	$(id).textContent = sentence || "";
	show($(id), Boolean(sentence));
}

// Words.

let words = {};

export async function learn(language) {
	const answer = await fetch("/" + language + ".json");
	if (!answer.ok) throw new Error("no texts");
	words = await answer.json();
	document.documentElement.lang = language;
	for (const e of document.querySelectorAll("[data-t]")) e.textContent = t(e.dataset.t);
}

// t is a text; each %s of it takes the next value.
export function t(key, ...values) {
	return (words[key] ?? key).replace(/%s/g, () => values.shift());
}

export const known = (key) => key in words;

// clock is a time of day, with its date where that is another one.
export function clock(at, seconds) {
	const d = new Date(at);
	const o = { hour: "numeric", minute: "2-digit" };
	if (seconds) o.second = "2-digit";
	if (d.toDateString() !== new Date().toDateString()) Object.assign(o, { day: "numeric", month: "short" });
	return d.toLocaleString(document.documentElement.lang, o);
}

export const bytes = (n) => t(n === 1 ? "byte" : "bytes", n.toLocaleString(document.documentElement.lang));

// Requests. The secret is here and nowhere else: a reload forgets it.

let secret = "";

export function keep(s) { secret = s; }
export const inside = () => secret !== "";

export function request(what, body, more) {
	return fetch("/api/" + what, Object.assign({
		method: "POST", cache: "no-store", credentials: "omit", referrerPolicy: "no-referrer", redirect: "error",
		headers: Object.assign({ "Content-Type": "application/json" }, secret ? { "X-Page-Secret": secret } : {}),
		body: JSON.stringify(body || {}),
	}, more));
}

// post asks for something to be done. Its result has why or problem where it was not.
export async function post(what, body) {
	try {
		const answer = await request(what, body);
		if (answer.status === 401) return { why: "locked" };
		if (!answer.ok) return { why: "failed" };
		return await answer.json();
	} catch {
		return { why: "unreached" };
	}
}

// trouble is a sentence about what post returned, or "".
export const trouble = (o) => o.problem || (o.why ? t("why_" + o.why) : "");

// When a button counts: a person pressed it, in a tab that has the focus, after it has
// been visible and unmoved for a while.

const enough = 500;
const watched = new Map();
let looking = false;

function visible(e, r) {
	if (document.hidden || !document.hasFocus() || r.width === 0) return false;
	const top = document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2);
	return top !== null && e.contains(top);
}

// see begins a button's time anew where it has moved, or cannot be seen.
function see(e, w) {
	const r = e.getBoundingClientRect();
	const place = [r.x, r.y, r.width, r.height].map(Math.round).join();
	if (place !== w.place || !visible(e, r)) Object.assign(w, { place, since: performance.now() });
}

function look() {
	for (const [e, w] of watched) see(e, w);
	looking = watched.size > 0;
	if (looking) requestAnimationFrame(look);
}

// again lets the time of the buttons begin anew: they mean something else now.
export function again() {
	for (const w of watched.values()) w.since = performance.now();
}

for (const event of ["visibilitychange", "blur", "focus", "resize"]) window.addEventListener(event, again);
document.addEventListener("visibilitychange", again);

// press calls act with how long the button has been there; early is called instead
// where that is not long enough.
export function press(button, act, early) {
	const w = { place: "", since: performance.now(), down: undefined };
	watched.set(button, w);
	if (!looking) {
		looking = true;
		requestAnimationFrame(look);
	}
	const down = (e) => {
		if (!e.isTrusted) return;
		see(button, w); // it may have moved since the last frame
		w.down = performance.now() - w.since;
	};
	button.addEventListener("pointerdown", down);
	button.addEventListener("keydown", (e) => {
		if (e.key !== "Enter" && e.key !== " ") return;
		if (e.repeat) e.preventDefault(); // a key that is held down answers nothing
		else down(e);
	});
	button.addEventListener("click", (e) => {
		see(button, w);
		const was = w.down ?? performance.now() - w.since;
		w.down = undefined;
		if (!e.isTrusted) return;
		if (was >= enough && performance.now() - w.since >= enough) return act(Math.round(was));
		early();
		button.scrollIntoView({ block: "nearest" }); // by a key, while it was not in sight
	});
}

// typing tells whether somebody has pressed a key in a field just now.
let typed = -Infinity;
document.addEventListener("keydown", (e) => {
	if (e.target.matches("input, textarea")) typed = performance.now();
}, true);
export const typing = () => performance.now() - typed < 1000;
