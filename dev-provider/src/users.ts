/** A user of the local user pool. */
export interface User {
  /** Cognito's `sub` is a UUID, unrelated to the user name. */
  readonly sub: string;
  readonly username: string;
  readonly password: string;
  readonly name: string;
  readonly email: string;
  readonly groups: readonly string[];
}

export const ada: User = {
  sub: "5d0c7f3e-9a41-4a6e-8f57-2c1b90e4a7d1",
  username: "ada",
  password: "correct-horse-1",
  name: "Ada Lovelace",
  email: "ada@example.com",
  groups: ["writers"],
};

export const bob: User = {
  sub: "c2a9b6f0-1d38-4e0b-b5a4-7e66f1d20c93",
  username: "bob",
  password: "battery-staple-2",
  name: "Bob Babbage",
  email: "bob@example.com",
  groups: [],
};

const users = [ada, bob];

export function findUser(sub: string): User | undefined {
  return users.find((user) => user.sub === sub);
}

export function findUserByName(username: string): User | undefined {
  return users.find((user) => user.username === username);
}

export function authenticate(username: string, password: string): User | undefined {
  return users.find((user) => user.username === username && user.password === password);
}
