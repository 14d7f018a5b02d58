/** A variable that the vendor's credential chain reads itself. */
export interface VendorVariable {
  readonly name: string;
  readonly meaning: string;
  /** Whether it says where credentials are, so that the real service is meant; others only say how to get them. */
  readonly isSource: boolean;
}

/**
 * Variables of the vendor's default credential chain (`@alicloud/credentials` 2.4.7), in the order in which it looks. The
 * gateway hands them on: it only reads whether any is set, and checks the one pair that is easily torn.
 *
 * @see https://www.alibabacloud.com/help/en/sdk/developer-reference/v2-manage-node-js-access-credentials
 */
export const VENDOR_VARIABLES: readonly VendorVariable[] = [
  source('ALIBABA_CLOUD_ACCESS_KEY_ID', 'Access key of a RAM user, together with the secret.'),
  source('ALIBABA_CLOUD_ACCESS_KEY_SECRET', 'Its secret. Never printed.'),
  source('ALIBABA_CLOUD_SECURITY_TOKEN', 'Makes the pair a temporary (STS) one. Never printed.'),
  source('ALIBABA_CLOUD_ROLE_ARN', 'Role to take on by OIDC, together with the next two.'),
  source('ALIBABA_CLOUD_OIDC_PROVIDER_ARN', 'Identity provider of the role.'),
  source('ALIBABA_CLOUD_OIDC_TOKEN_FILE', 'File that holds the OIDC token.'),
  setting(
    'ALIBABA_CLOUD_ROLE_SESSION_NAME',
    'Name of the session of a role, as it stands in the records of ActionTrail. Default: a name made of the time.',
  ),
  setting(
    'ALIBABA_CLOUD_STS_REGION',
    'Region whose STS endpoint hands out the keys of a role: `sts.<region>.aliyuncs.com`. Default: `sts.aliyuncs.com`, which a VPC without internet access cannot reach.',
  ),
  setting(
    'ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED',
    '`true` makes that endpoint the one inside a VPC, `sts-vpc.<region>.aliyuncs.com`; needs ALIBABA_CLOUD_STS_REGION.',
  ),
  source(
    'ALIBABA_CLOUD_PROFILE',
    'Profile in the files of the aliyun CLI or of the SDKs. Default: the current one of the CLI, `default` in the file of the SDKs.',
  ),
  setting(
    'ALIBABA_CLOUD_CLI_PROFILE_DISABLED',
    '`true` leaves `~/.aliyun/config.json` of the aliyun CLI out.',
  ),
  source('ALIBABA_CLOUD_CREDENTIALS_FILE', 'File with profiles, instead of `~/.alibabacloud/credentials`.'),
  source(
    'ALIBABA_CLOUD_ECS_METADATA',
    'RAM role of the ECS instance. The metadata service is asked only if this is set, or for a profile.',
  ),
  setting(
    'ALIBABA_CLOUD_ECS_METADATA_DISABLED',
    '`true` never asks the metadata service of ECS (100.100.100.200); `false` asks it for the name of the role where ALIBABA_CLOUD_ECS_METADATA is not set. Default: `true` where neither that nor a profile is there, because a machine outside ECS waits two seconds for it.',
  ),
  setting(
    'ALIBABA_CLOUD_IMDSV1_DISABLED',
    '`true` takes keys of the metadata service only by IMDSv2, that is with a session token.',
  ),
  source('ALIBABA_CLOUD_CREDENTIALS_URI', 'URI that hands out temporary credentials.'),
];

/** Values that go into a header of each call, or sign it: what is not visible ASCII cannot be a key or a token. */
export const SENT_VARIABLES: ReadonlySet<string> = new Set([
  'ALIBABA_CLOUD_ACCESS_KEY_ID',
  'ALIBABA_CLOUD_ACCESS_KEY_SECRET',
  'ALIBABA_CLOUD_SECURITY_TOKEN',
]);

function source(name: string, meaning: string): VendorVariable {
  return { name, meaning, isSource: true };
}

function setting(name: string, meaning: string): VendorVariable {
  return { name, meaning, isSource: false };
}
