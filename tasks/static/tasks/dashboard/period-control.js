import { dateOf, dayRange } from "./days.js";

/** The form that chooses a period: some usual ones at once, or two days and a button. */
export class PeriodControl {
  #form;
  #days;
  #from;
  #to;

  /** @param onChoice receives a choice, see period.js */
  constructor(form, onChoice) {
    this.#form = form;
    this.#days = form.querySelector("#days");
    [this.#from, this.#to] = this.#days.querySelectorAll("input");
    for (const input of [this.#from, this.#to]) input.addEventListener("input", () => this.#compare());
    form.addEventListener("change", (event) => {
      if (event.target.name !== "weeks") return;
      const { value } = event.target;
      this.#days.hidden = value !== "days";
      if (value !== "days") onChoice({ weeks: value === "all" ? Infinity : Number(value) });
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      onChoice({ from: this.#from.value, to: this.#to.value });
    });
  }

  /** Checks what stands for a choice that came from elsewhere; a number of weeks nobody offers checks nothing. */
  choose({ weeks, from }) {
    const value = from ? "days" : weeks === Infinity ? "all" : String(weeks);
    for (const radio of this.#form.querySelectorAll("[name=weeks]")) radio.checked = radio.value === value;
    this.#days.hidden = value !== "days";
  }

  /** Shows the period that is drawn, and lets no other days be chosen than are published. */
  show(period, published) {
    for (const [input, value] of [[this.#from, period.first], [this.#to, period.last]]) {
      input.min = published.first;
      input.max = published.last;
      input.value = value;
    }
    this.#compare();
    this.#form.querySelector("#period-shown").textContent = dayRange(dateOf(period.first), dateOf(period.last));
    this.fail("");
  }

  /** Says why a period can't be shown; nothing, once it can. */
  fail(reason) {
    const node = this.#form.querySelector("#period-problem");
    node.textContent = reason;
    node.hidden = !reason;
  }

  #compare() {
    const turned = this.#from.value && this.#to.value && this.#from.value > this.#to.value;
    this.#to.setCustomValidity(turned ? "The last day must not be before the first." : "");
  }
}
