import { dateOf, dayRange } from "./days.js";

/** The form that chooses a period: a preset, or two days and a button. */
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

  /** Checks the radio button of a choice; none for a number of weeks that is not on offer. */
  choose({ weeks, from }) {
    const value = from ? "days" : weeks === Infinity ? "all" : String(weeks);
    for (const radio of this.#form.querySelectorAll("[name=weeks]")) radio.checked = radio.value === value;
    this.#days.hidden = value !== "days";
  }

  /** Shows the period of the charts, and limits the inputs to the published days. */
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

  /** Shows why a period can't be shown; an empty reason clears the message. */
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
