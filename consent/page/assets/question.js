// The question: who wants what, exactly, and the answers.

import { $, again, bytes, focus, foreign, make, post, press, problem, show, t, trouble, typing } from "./kit.js";

let standing = null; // the question that is shown
let spoken = 0; // the time that was said aloud last
let until = 0; // when it is closed, by performance.now()
let before = null; // what had the focus
let runs = false, hurried = false, sending = false;

// limits says whether a yes can count now.
export function limits(running, late) {
	if (running === runs && late === hurried) return;
	[runs, hurried] = [running, late];
	if (standing) allowing();
}

function allowing() {
	const kept = withheld();
	const nothing = standing.categories.length > 0 && kept.categories.length === standing.categories.length;
	const off = runs || hurried || nothing;
	for (const b of [$("q-once"), $("q-always"), ...picks()]) b.setAttribute("aria-disabled", String(off));
	problem("q-why", hurried ? t("why_hurried") : runs ? t("why_run") : nothing ? t("why_nothing") : "");
	shown(kept);
	return !off;
}

const withheld = () => ({ fields: unticked("q-fields"), categories: unticked("q-topics") });

function unticked(id) {
	return [...$(id).querySelectorAll("input")].filter((box) => !box.checked).map((box) => box.value);
}

// shown says what will be seen, in a sentence.
function shown(kept) {
	if (standing.kind !== "sysinfo") return;
	const name = (id) => [...standing.fields, ...standing.categories].find((c) => c.id === id).name;
	const topics = standing.categories.filter((c) => !kept.categories.includes(c.id)).map((c) => c.name);
	const not = [...kept.fields, ...kept.categories].map(name);
	const every = standing.all && topics.length === standing.categories.length;
	const [before, behind] = t("shown", "%s").split("%s");
	const names = make("span", every ? ": " + topics.join(", ") : "", { class: "names" });
	const short = every ? t("all_topics", topics.length) : topics.join(", ") || t("nothing");
	$("q-shown").replaceChildren(before + short, names, behind + (not.length ? " " + t("not_shown", not.join(", ")) : ""));
}

// ask shows a question.
export function ask(q) {
	const same = standing && standing.id === q.id;
	until = performance.now() + q.left;
	if (same) return;
	standing = q;
	$("outcome").textContent = "";
	$("q-who").textContent = q.sentence;
	$("q-details").replaceChildren(...q.details.map((line) => {
		const item = make("li");
		item.append(foreign(line));
		return item;
	}));
	show($("q-details"), q.details.length > 0);
	show($("q-shown"), q.kind === "sysinfo");
	$("q-programs").replaceChildren(...programs(q));
	show($("q-programs"), q.programs.length > 0);
	$("q-said").textContent = q.programs.map((f) => (f.number ? f.number + ". " : t("with") + " ") + f.name + ", " + bytes(f.size)).join("; ");
	$("q-fields").replaceChildren(...q.fields.map(box));
	$("q-topics").replaceChildren(...q.categories.map(box));
	show($("q-topics-set"), q.categories.length > 1);
	show($("q-withhold"), q.kind === "sysinfo");
	$("q-withhold").open = false;
	show($("q-always"), !q.every_time);
	show($("q-picks"), q.choices.length > 0);
	show($("q-answers"), q.choices.length === 0);
	picks().forEach((b, i) => { b.textContent = q.choices[i] ?? ""; });
	show($("question"), true);
	allowing();
	again();
	tick();
	before = document.activeElement;
	turn(q.id, performance.now());
}

// turn moves the focus to "Don't allow" when nobody is typing.
function turn(id, asked) {
	if (!standing || standing.id !== id) return;
	if (typing() && performance.now() - asked < 5000) {
		setTimeout(turn, 200, id, asked);
		return;
	}
	focus(first(), $("question"));
	again();
}

const picks = () => [1, 2, 3, 4].map((n) => $("q-pick-" + n));

// first is the answer that does nothing.
const first = () => $(standing.choices.length > 0 ? "q-later" : "q-no");

function box(choice) {
	const label = make("label"), input = make("input", undefined, { type: "checkbox", value: choice.id });
	input.checked = true;
	input.addEventListener("change", allowing);
	label.append(input, " ", foreign(choice.name));
	return label;
}

function programs(q) {
	const items = [];
	let item = null;
	q.programs.forEach((f, place) => {
		const entry = make(f.number ? "li" : "div", undefined, { class: "program" });
		const name = make("p");
		name.append(...(f.number ? [] : [t("with") + " "]), make("b"), " ", make("span", bytes(f.size), { class: "small" }));
		name.querySelector("b").append(foreign(f.name));
		entry.append(name);
		if (f.text) entry.append(reader(q, f, place));
		else entry.append(make("p", t("no_text"), { class: "small" }));
		const sum = make("details", undefined, { class: "sum" });
		sum.append(make("summary", t("sum")), make("code", f.sha256));
		entry.append(sum);
		if (f.number) items.push(item = entry);
		else (item || items[items.length - 1]).append(entry);
	});
	return items;
}

// reader shows what is in a file when that is asked for.
function reader(q, f, place) {
	const d = make("details"), text = make("pre", t("loading"), { tabindex: "0", dir: "ltr", "aria-label": f.name });
	const summary = make("summary", t("read"));
	summary.append(make("span", " " + f.name, { class: "unseen" }));
	d.append(summary, text);
	d.addEventListener("toggle", async () => {
		if (!d.open || d.dataset.read) return;
		d.dataset.read = "yes";
		const o = await post("file", { id: q.id, file: place });
		text.textContent = trouble(o) || o.text;
	});
	return d;
}

// closed takes the question away and says how it went.
export function closed(c) {
	if (!standing || standing.id !== c.id) return;
	const had = $("question").contains(document.activeElement) || document.activeElement === document.body;
	standing = null;
	spoken = 0;
	$("q-soon").textContent = "";
	show($("question"), false);
	$("outcome").textContent = c.said || t("closed_elsewhere");
	document.title = t("title");
	if (!had) return;
	const back = before && before.isConnected && before !== document.body && !before.closest("[hidden]") ? before : $("heading");
	back.focus();
}

// drop takes the question away when nothing can be answered any more.
export function drop() {
	if (standing) closed({ id: standing.id, said: t("closed_lost") });
}

// tick shows the time that is left, and says it aloud now and then.
function tick() {
	if (!standing) return;
	const left = Math.max(0, Math.ceil((until - performance.now()) / 1000));
	$("q-count").textContent = t("q_left", left);
	document.title = (document.hidden || !document.hasFocus() ? "● " : "") + t("title_asked", left);
	if ((left === 30 || left === 10) && spoken !== left) {
		spoken = left;
		$("q-soon").textContent = t("q_left_said", left);
	}
}

export function begin() {
	const early = () => problem("q-why", t("why_early"));
	const answer = (decision, picked = 0) => async (steady) => {
		const q = standing;
		if (!q || sending) return;
		const yes = decision.startsWith("allowed");
		if (yes && !allowing()) return;
		sending = true;
		const o = await post("answer", { id: q.id, decision, picked, steady, withheld: yes && q.kind === "sysinfo" ? withheld() : {} });
		sending = false;
		if (standing === q && trouble(o)) {
			problem("q-why", trouble(o));
			first().focus();
		}
	};
	picks().forEach((b, i) => press(b, answer("allowed-once", i + 1), early));
	press($("q-none"), answer("denied", -1), early);
	press($("q-later"), answer("denied"), early);
	press($("q-no"), answer("denied"), early);
	press($("q-once"), answer("allowed-once"), early);
	press($("q-always"), answer("allowed-for-session"), early);
	press($("q-block"), answer("blocked"), early);
	// Escape is what it is everywhere: no.
	let shownAt = 0;
	new MutationObserver(() => { shownAt = performance.now(); }).observe($("question"), { attributes: true, attributeFilter: ["hidden"] });
	$("question").addEventListener("keydown", (e) => {
		if (e.key === "Escape" && e.isTrusted && !e.repeat) {
			const ms = performance.now() - shownAt;
			if (ms < 500) early();
			else answer("denied")(Math.round(ms));
		}
	});
	setInterval(tick, 250);
}
