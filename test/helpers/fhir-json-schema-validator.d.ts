/** What the tests use of it; it comes without types. */
declare module '@asymmetrik/fhir-json-schema-validator' {
  class JsonSchemaValidator {
    validate(resource: object, isVerbose: boolean): object[]
  }
  export = JsonSchemaValidator
}
