/** Parses JSON that may hold `//` and block comments and trailing commas, as the real host's parser tolerates. */
export function parseJsonWithComments(text: string): unknown {
  return JSON.parse(withoutComments(text.replace(/^\uFEFF/, "")));
}

// a string, a comment, or a comma before a closing bracket: strings are matched first and kept as they are
const tokens =
  /"(?:[^"\\]|\\.)*"|\/\/[^\n]*|\/\*(?:[^*]|\*(?!\/))*\*\/|,(?=(?:\s|\/\/[^\n]*|\/\*(?:[^*]|\*(?!\/))*\*\/)*[}\]])/g;

function withoutComments(text: string): string {
  return text.replace(tokens, (token) => (token.startsWith('"') ? token : token.replace(/[^\n]/g, " ")));
}
