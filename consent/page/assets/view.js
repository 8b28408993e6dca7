// What stands on the page besides the question: the state, what happened, the chat.

import { $, clock, focus, foreign, known, make, post, press, problem, show, t, trouble } from "./kit.js";
import { limits } from "./question.js";

let now = null; // the state that is shown
let lost = false;
const most = 600; // lines of a list that are kept

export const state = () => now;

// draw shows a state. What has not changed stays as it is, with its focus.
export function draw(s) {
	const first = !now || now.phase !== s.phase;
	now = s;
	const phase = s.phase;
	document.title = t("title") + (s.organisation ? " – " + s.organisation : "");
	$("brand").replaceChildren(...(s.organisation ? [foreign(s.organisation), " · "] : []), t("title"));
	const locked = phase === "joined" ? s.locked : "";
	if (first || $("heading").dataset.owner !== s.owner + locked) heading(s, locked);
	show($("stop"), !["ending", "ended"].includes(phase));
	const what = s.problem || locked;
	show($("problem"), what !== "");
	$("problem-what").textContent = what;
	$("problem-hint").textContent = s.hint;
	show($("session"), ["joined", "away", "ending", "ended"].includes(phase));
	show($("chat-form"), ["joined", "away"].includes(phase) && !s.hurried);
	show($("allowed-box"), ["joined", "away"].includes(phase));
	show($("number-form"), phase === "number");
	confirm(s, first);
	running(s);
	allowed(s);
	facts(s);
	if (s.end && phase === "ended") end(s.end, s.contact);
	show($("end"), phase === "ended");
	limits(Boolean(s.run), s.hurried);
	if (first) $("outcome").textContent = "";
	if (first && phase === "number") focus($("number"), $("heading"));
	if (first && phase === "ended") focus($("heading"), $("heading"));
}

function heading(s, locked) {
	const key = locked ? "head_screen_locked" : "head_" + s.phase;
	$("heading").dataset.owner = s.owner + locked;
	$("heading").textContent = s.owner && known(key + "_with") ? t(key + "_with", s.owner) : t(key);
}

// list fills a list with lines, and leaves it alone where they are the same.
function list(id, lines, item) {
	const text = JSON.stringify(lines);
	if ($(id).dataset.lines === text) return;
	$(id).dataset.lines = text;
	$(id).replaceChildren(...lines.map(item));
}

function line(text) {
	const e = make("li");
	e.append(foreign(text));
	return e;
}

function pair([name, ...values]) {
	const part = make("div");
	part.append(make("dt", name));
	for (const value of values) {
		const dd = make("dd");
		dd.append(foreign(value));
		part.append(dd);
	}
	return part;
}

function confirm(s, first) {
	const asks = ["call", "key", "restarted"].includes(s.phase);
	show($("confirm"), asks);
	if (!asks) return;
	$("c-text").replaceChildren(...t("confirm_" + s.phase).split("\n").map((p) => make("p", p)));
	$("c-number").textContent = s.number;
	show($("c-number"), s.phase === "call" && Boolean(s.number));
	const about = [];
	if (s.phase === "key") about.push([t("relay"), s.relay]);
	else if (s.organisation) about.push([t("organisation"), s.organisation]);
	list("c-facts", about, pair);
	show($("c-check"), s.phase === "key");
	$("c-whole").textContent = "SHA256:" + s.fingerprint.join("");
	list("c-groups", s.phase === "key" ? s.fingerprint : [], group);
	$("c-no").textContent = t("confirm_" + s.phase + "_no");
	$("c-yes").textContent = t("confirm_" + s.phase + "_yes");
	if (!first) return;
	problem("c-why");
	focus($("c-no"), $("heading"));
}

// group is some characters of a check code. Who hears it knows capital letters apart.
function group(text) {
	const e = make("li"), spelled = [...text].map((c) => /[A-Z]/.test(c) ? t("capital", c) : c).join(", ");
	e.append(make("code", text, { "aria-hidden": "true" }), make("span", spelled, { class: "unseen" }));
	return e;
}

function running(s) {
	show($("running"), Boolean(s.run) || $("output").textContent !== "");
	$("running-h").textContent = s.run ? t("running", s.run.who) : t("ran");
	list("running-scripts", s.run ? s.run.scripts : [], line);
	show($("running").querySelector("p"), Boolean(s.run));
}

function allowed(s) {
	list("allowed", s.allowed, (g) => {
		const item = make("li"), what = make("p");
		what.append(foreign(g.says));
		const button = make("button", undefined, { type: "button", class: "plain" });
		button.append(t("take_back"), make("span", ": " + g.says, { class: "unseen" }));
		button.addEventListener("click", async (e) => {
			if (!e.isTrusted) return;
			problem("allowed-problem", trouble(await post("takeback", { id: g.id })));
			$("allowed-h").focus();
		});
		item.append(what, button);
		return item;
	});
	show($("nothing-allowed"), s.allowed.length === 0 && !s.away);
	show($("withheld"), s.withheld !== "");
	$("withheld").textContent = t("you_withhold", s.withheld);
	show($("away"), Boolean(s.away));
	if (s.away) $("away-now").textContent = t("away_now", clock(s.away.until), kinds(s.away.kinds).join(", "));
	show($("away-offer"), s.may.length > 0 && !s.away && !s.hurried);
	list("away-kinds", kinds(s.may), line);
}

const kinds = (list) => list.map((k) => t("kind_" + k));

function facts(s) {
	const rows = [];
	const add = (key, ...values) => { if (values.length && values[0]) rows.push([t(key), ...values]); };
	add("organisation", s.organisation);
	add("number", s.number);
	add("owner", s.owner);
	if (s.phase !== "ended") {
		rows.push([t("people"), ...(s.people.length ? s.people : [t("nobody")])]);
		add("acting_as", s.acting_as);
		add("connection", s.connection);
	}
	add("contact", s.contact);
	list("facts", rows, pair);
}

function end(e, contact) {
	list("end-said", e.said, (text) => { const p = make("p"); p.append(foreign(text)); return p; });
	show($("end-undone"), e.undone.length > 0);
	list("end-left", e.undone, line);
	list("end-summary", e.summary, line);
	show($("end-summary").previousElementSibling, e.summary.length > 0);
	show($("end-copy"), e.report);
	$("end-kept").textContent = e.kept ? t("kept", e.kept) : "";
	$("end-contact").textContent = contact ? t("wrong_contact", contact) : "";
}

// offer puts the copy of the report under its button; null is none.
export function offer(blob) {
	$("copy-state").textContent = blob ? t("copy_has") : t("copy_none");
	if (!blob) return;
	$("copy").href = URL.createObjectURL(blob);
	$("copy").download = now.end.name || "report.html";
	show($("copy"), true);
}

// bye says that the program has gone, as it should.
export function bye() {
	show($("stop"), false);
	$("end-close").textContent = t(now && now.end && now.end.undone.length ? "may_close_left" : "may_close");
	if (now && now.phase !== "ended") report(t("may_close"), false);
}

// report says whether the program is there.
export function report(sentence, gone) {
	lost = gone;
	problem("lost", sentence);
}
export const isLost = () => lost;

// alone says that the program is not there: what the headline has said may be true no more.
export function alone(sentence) {
	report(sentence, true);
	if (!["joined", "restarted"].includes(now?.phase)) return;
	$("heading").textContent = t("head_away");
	$("heading").dataset.owner = "?"; // the next state says it anew
}

// happened and said add a line to their lists; quiet adds what was before.
export function happened(e) {
	show($("no-events"), false);
	const item = make("li", undefined, e.bad ? { class: "bad" } : {});
	item.append(make("time", clock(e.at, true), { datetime: e.at }), " ", foreign(e.text));
	append("events", item);
}

export function said(m) {
	const item = make("li", undefined, { class: m.who ? "theirs" : "mine" });
	const who = make("p", undefined, { class: "small" });
	who.append(m.who ? foreign(m.who) : t("you"), " · ", make("time", clock(m.at), { datetime: m.at }));
	const text = make("p", undefined, { class: "said" });
	text.append(foreign(m.text));
	item.append(who, text);
	append("chat", item);
}

function append(id, item) {
	$(id).append(item);
	while ($(id).children.length > most) $(id).firstChild.remove();
}

// follow keeps the newest line in sight, on whatever screen, until the person scrolls back.
function follow(box) {
	let end = true, top = 0;
	box.addEventListener("scroll", () => {
		end = box.scrollHeight - box.scrollTop - box.clientHeight < 40 || end && box.scrollTop >= top;
		top = box.scrollTop;
	});
	const o = new ResizeObserver(() => { if (end) box.scrollTop = box.scrollHeight; });
	o.observe(box);
	o.observe(box.firstElementChild);
}

// written adds to the output of the run.
export function written(o) {
	const box = $("output");
	if (o.fresh) box.textContent = "";
	box.append(o.text);
	while (box.childNodes.length > 1 && box.textContent.length > 80000) box.firstChild.remove();
	show($("running"), true);
	box.scrollTop = box.scrollHeight;
}

export function begin() {
	document.querySelectorAll(".log").forEach(follow);
	for (const yes of [false, true]) {
		press($(yes ? "c-yes" : "c-no"), async (steady) => {
			problem("c-why", trouble(await post("confirm", { phase: now.phase, yes, steady })));
		}, () => problem("c-why", t("why_early")));
	}
	$("number-form").addEventListener("submit", async (e) => {
		e.preventDefault();
		if (!$("number").value.trim()) return;
		problem("number-problem", trouble(await post("number", { number: $("number").value })));
		if (!$("number-problem").hidden) $("number").focus();
	});
	$("chat-form").addEventListener("submit", (e) => { e.preventDefault(); send(); });
	let entered = false; // by a key whose line end is not wanted
	$("message").addEventListener("keydown", (e) => {
		entered = e.key === "Enter" && !e.shiftKey && !e.isComposing; // a Korean syllable ends with Enter
		if (!entered) return;
		e.preventDefault();
		if (!e.repeat) send();
	});
	$("message").addEventListener("beforeinput", (e) => {
		if (entered && e.inputType === "insertLineBreak") e.preventDefault();
	});
	$("away-offer").addEventListener("toggle", times);
	press($("away-go"), async (steady) => {
		problem("allowed-problem", trouble(await post("allow", { minutes: Number($("away-until").value), steady })));
		if ($("allowed-problem").hidden) $("away-back").focus();
	}, () => problem("allowed-problem", t("why_early")));
	$("away-back").addEventListener("click", async (e) => {
		if (e.isTrusted) problem("allowed-problem", trouble(await post("allow", { minutes: 0, steady: 0 })));
	});
}

// times are what the permission for being away may end at.
function times() {
	if (!$("away-offer").open) return;
	$("away-until").replaceChildren(...[15, 30, 60, 120, 240].map((n) => {
		return make("option", t("away_time", clock(Date.now() + n * 60000), n), { value: n });
	}));
}

let sending = false;

async function send() {
	const text = $("message").value;
	if (!text.trim() || sending) return;
	sending = true;
	const wrong = trouble(await post("say", { text }));
	sending = false;
	problem("chat-problem", wrong);
	const now = $("message").value; // somebody may have gone on writing
	if (!wrong && now.startsWith(text)) $("message").value = now.slice(text.length).trimStart();
}
