// The names under which others know what stands in a resource (domain.md sections 1.4 and 6).

/** Of an NHS number; the diagrams of the guide have another spelling, which is not accepted. */
export const NHS_NUMBER = 'https://fhir.nhs.uk/Id/nhs-number'
export const ODS_CODE = 'https://fhir.nhs.uk/Id/ods-organization-code'
export const SDS_USER_ID = 'https://fhir.nhs.uk/Id/sds-user-id'
export const SDS_ROLE_PROFILE_ID = 'https://fhir.nhs.uk/Id/sds-role-profile-id'
export const SDS_JOB_ROLE = 'https://fhir.nhs.uk/CodeSystem/NHSDigital-SDS-JobRoleCode'
export const SPINE_CODES = 'https://fhir.nhs.uk/CodeSystem/England-SpineErrorOrWarningCode'
/** The same codes under the name that the Personal Demographics Service gives them. */
export const PDS_SPINE_CODES = 'https://fhir.nhs.uk/R4/CodeSystem/Spine-ErrorOrWarningCode'
export const NUMBER_VERIFICATION =
  'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus'
export const NUMBER_VERIFICATIONS = 'https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatus'
export const CONFIDENTIALITY = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality'
export const FLAG_CATEGORIES = 'https://fhir.nhs.uk/England/CodeSystem/England-FlagCategoryPatient'
export const SNOMED = 'http://snomed.info/sct'
export const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode'
export const ROLE_CLASS = 'http://terminology.hl7.org/CodeSystem/v3-RoleClass'
export const RECORD_LIFECYCLE = 'http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle'
export const FLAG_DETAIL = 'http://hl7.org/fhir/StructureDefinition/flag-detail'
