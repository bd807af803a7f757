import { runnerShelf } from "../../domain/image/registry-access.ts";

/** Where the repositories are. */
export interface RepositoriesAt {
  /** `arn:aws:ecr:<region>:<account>:repository/` */
  readonly repositoriesArn: string;
  /** In front of every repository, e.g. `pluvia/`. */
  readonly prefix: string;
}

const pull = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];
const push = [...pull, "ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload", "ecr:PutImage"];

/** ECR's tokens are good for whatever their asker may do; so the asker is a session that may do this alone. */
const policy = (statements: readonly { readonly Action: readonly string[]; readonly Resource: string }[]): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Action: "ecr:GetAuthorizationToken", Resource: "*" }, ...statements].map((each) => ({
      Effect: "Allow",
      ...each,
    })),
  });

/** Of one repository, `<tenant>/<component>`; and to read what programs run on. */
export const pushPolicy = ({ repositoriesArn, prefix }: RepositoriesAt, repository: string): string =>
  policy([
    { Action: push, Resource: `${repositoriesArn}${prefix}${repository}` },
    { Action: pull, Resource: `${repositoriesArn}${prefix}${runnerShelf}/*` },
  ]);

/** Of all that a tenant has. */
export const pullPolicy = ({ repositoriesArn, prefix }: RepositoriesAt, tenant: string): string =>
  policy([{ Action: pull, Resource: `${repositoriesArn}${prefix}${tenant}/*` }]);
