// What a link in a mail opens: #<purpose>=<token>. The token stands behind the #, so that no server's log and no
// Referer ever holds it, and nothing is done before a person presses the button: programs that look into mails follow
// links.
const tasks = {
  verify_email: {
    words: "Confirm that this is your e-mail address.",
    button: "Confirm my address",
    done: "Thank you, your address is confirmed. You can close this page.",
  },
  change_email: {
    words: "Confirm your new e-mail address. You will sign in with it from now on.",
    button: "Use this address",
    done: "Your address is changed. You can close this page.",
  },
  undo_email_change: {
    words: "Take your address back. Everybody is signed out, and you will get a mail to set a new password.",
    button: "Undo the change",
    done: "Your address is back. Look into your mails for the link to a new password.",
  },
  reset_password: {
    words: "Choose a new password. You will be signed out everywhere.",
    button: "Set the password",
    done: "Your password is set. Sign in with it in the app.",
    password: true,
  },
};

window.addEventListener("DOMContentLoaded", () => {
  const part = (id) => document.getElementById(id);
  const say = (text) => { part("words").textContent = text; };
  const [purpose, token] = window.location.hash.slice(1).split("=");
  const task = Object.hasOwn(tasks, purpose) ? tasks[purpose] : null;
  if (!task || !token) return;
  window.history.replaceState(null, "", window.location.pathname); // not to be seen, nor to be found later
  say(task.words);
  part("button").textContent = task.button;
  part("form").hidden = false;
  for (const id of ["first", "second"]) part(id).hidden = !task.password;
  part("password").required = part("again").required = Boolean(task.password);

  part("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = { token };
    if (task.password) {
      if (part("password").value !== part("again").value) return say("The two passwords are not the same.");
      body.password = part("password").value;
    }
    part("button").disabled = true;
    try {
      // Relative, so that it is the API of the prefix under which the page was opened.
      const answer = await fetch(task.password ? "auth/password/reset" : "auth/email/verify", {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
      });
      if (answer.ok) {
        say(task.done);
        part("form").hidden = true;
        return;
      }
      const problem = await answer.json();
      const error = problem.errors?.[0];
      say(error ? `${error.pointer.slice(1)}: ${error.detail}` : problem.detail || problem.title);
    } catch {
      say("There is no connection. Try again.");
    }
    part("button").disabled = false;
  });
});
