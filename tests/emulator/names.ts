/** Parameters of a stack with custom names, none of which needs to exist. */
export const namesOfItsOwn = {
  AppDomainName: "app.example.com",
  AppCertificateArn: "arn:aws:acm:us-east-1:000000000000:certificate/app",
  LoginDomainName: "auth.example.com",
  LoginCertificateArn: "arn:aws:acm:us-east-1:000000000000:certificate/login",
};
