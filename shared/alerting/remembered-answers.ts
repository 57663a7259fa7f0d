/**
 * Asks every question once and remembers its answer, for a piece of work that may see things as they were when it began.
 * An error is an answer, too.
 */
export function rememberAnswers<Question, Answer>(
  keyOf: (question: Question) => string,
  ask: (question: Question) => Promise<Answer>,
): (question: Question) => Promise<Answer> {
  const answers = new Map<string, Promise<Answer>>();
  return (question) => {
    const key = keyOf(question);
    const known = answers.get(key);
    if (known !== undefined) return known;
    const asked = ask(question);
    answers.set(key, asked);
    return asked;
  };
}
