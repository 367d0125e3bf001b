// The published types name the directory; Node's ES modules want the file.
declare module "selenium-webdriver/http/index.js" {
  export * from "selenium-webdriver/http";
}
