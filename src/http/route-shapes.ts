/** What fits a path such as `/v1/authorities/:authorityCode`, and nothing else. */
export function shapeOf(url: string): RegExp {
  return new RegExp(`^${url.replace(/[.]/g, '\\.').replace(/:[A-Za-z]+/g, '[^/]+')}$`)
}
