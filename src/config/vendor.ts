/**
 * Variables of the vendor's default credential chain, in the order in which it looks. The gateway hands them on: it only
 * reads whether any is set, and checks the one pair that is easily torn.
 *
 * @see https://www.alibabacloud.com/help/en/sdk/developer-reference/v2-manage-node-js-access-credentials
 */
export const VENDOR_VARIABLES: readonly { readonly name: string; readonly meaning: string }[] = [
  { name: 'ALIBABA_CLOUD_ACCESS_KEY_ID', meaning: 'Access key of a RAM user, together with the secret.' },
  { name: 'ALIBABA_CLOUD_ACCESS_KEY_SECRET', meaning: 'Its secret. Never printed.' },
  { name: 'ALIBABA_CLOUD_SECURITY_TOKEN', meaning: 'Makes the pair a temporary (STS) one. Never printed.' },
  { name: 'ALIBABA_CLOUD_ROLE_ARN', meaning: 'Role to take on by OIDC, together with the next two.' },
  { name: 'ALIBABA_CLOUD_OIDC_PROVIDER_ARN', meaning: 'Identity provider of the role.' },
  { name: 'ALIBABA_CLOUD_OIDC_TOKEN_FILE', meaning: 'File that holds the OIDC token.' },
  { name: 'ALIBABA_CLOUD_PROFILE', meaning: 'Profile in the files of the aliyun CLI or of the SDKs.' },
  {
    name: 'ALIBABA_CLOUD_CREDENTIALS_FILE',
    meaning: 'File with profiles, instead of `~/.alibabacloud/credentials`.',
  },
  {
    name: 'ALIBABA_CLOUD_ECS_METADATA',
    meaning: 'RAM role of the ECS instance. The metadata service is asked only if this is set.',
  },
  { name: 'ALIBABA_CLOUD_CREDENTIALS_URI', meaning: 'URI that hands out temporary credentials.' },
];
