import { generate } from "selfsigned";

/** A key and a self-signed certificate for `localhost`. */
export async function selfSigned(): Promise<{ key: string; cert: string }> {
  const options = { keyType: "ec", algorithm: "sha256" } as const;
  const { private: key, cert } = await generate([{ name: "commonName", value: "localhost" }], options);
  return { key, cert };
}
