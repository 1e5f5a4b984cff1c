// usage.ts - a client as somebody would write it; that it compiles is the test
import createClient from "openapi-fetch";
import type { components, paths } from "./api.js";

type Item = components["schemas"]["Item"];

export const api = createClient<paths>({
  baseUrl: "http://127.0.0.1:8080/api",
  // Several values of a parameter have commas between them.
  querySerializer: { array: { style: "form", explode: false } },
});

export async function signIn(email: string, password: string): Promise<string | null> {
  const { data, error } = await api.POST("/auth/login", { body: { email, password } });

  if (error) throw new Error(error.error.message);
  return data.data.token;
}

export async function cheapest(limit: number): Promise<Item[]> {
  const { data, error } = await api.GET("/items", {
    params: { query: { sort: ["price", "-name"], max_price: limit, per_page: 10 } },
  });

  if (error) throw new Error(error.error.code);
  const next: string | null = data.data.pagination.next_cursor;

  return next ? data.data.items : [];
}

export async function rename(token: string, id: number, name: string): Promise<Item | string> {
  const { data, error, response } = await api.PATCH("/items/{id}", {
    params: { path: { id }, header: { "If-Match": '"1"' } },
    headers: { Authorization: `Bearer ${token}` },
    body: { name },
  });

  if (!error) return data.data;
  switch (error.error.code) {
    case "VALIDATION_ERROR":
      return (error.error.details.errors ?? []).map((each) => `${each.field}: ${each.message}`).join(", ");
    case "PRECONDITION_FAILED":
      return "somebody else was faster";
    default:
      return `${response.status}`;
  }
}

export async function wrongly(): Promise<void> {
  // @ts-expect-error: there is no such path
  await api.GET("/nothing");
  // @ts-expect-error: price must be there
  await api.POST("/items", { body: { name: "Pot" } });
  // @ts-expect-error: a row's id is not the client's to set
  await api.PATCH("/items/{id}", { params: { path: { id: 1 } }, body: { id: 2 } });
  // @ts-expect-error: no list is sorted by this
  await api.GET("/items", { params: { query: { sort: ["colour"] } } });
}
