"""Cards on images and Amazon ECR."""

from awslab.bank.card import Card

_LESSON = "6.3.a"

CARDS = (
    Card(
        "ecr-token",
        _LESSON,
        "quick-fire 1",
        "How long may you push after `docker login` to ECR?",
        "12 hours.",
        (
            "The token carries the permissions of whoever asked for it; a build machine logs in "
            "before every push."
        ),
    ),
    Card(
        "ecr-steps",
        _LESSON,
        "Q3",
        "Name the five steps from a Dockerfile to an image in ECR.",
        "Create the repository (once), build, tag with the registry's address, log in, push.",
        "A sixth is a habit: `describe-images`, to see the tag and the digest that arrived.",
    ),
    Card(
        "ecr-no-basic-auth",
        _LESSON,
        "Q3",
        "A push ends in `no basic auth credentials`. What is missing?",
        (
            "The login to that registry host: `aws ecr get-login-password | docker login --username"
            " AWS --password-stdin <registry>`."
        ),
        (
            "The token expired, was never fetched, or is for another region: each region is another"
            " host."
        ),
    ),
    Card(
        "ecr-uri",
        _LESSON,
        "Q3",
        "Which parts does an image URI in ECR have?",
        (
            "`<account>.dkr.ecr.<region>.amazonaws.com/<repository>:<tag>`, or `@sha256:...` for a "
            "digest."
        ),
        "Account and region are in the name, so a pull from elsewhere needs a login there.",
    ),
    Card(
        "ecr-digest",
        _LESSON,
        "Q3",
        "Tag or digest: which one can change under you?",
        "The tag. A digest is computed from the content.",
        "ECS resolves the tag once, when a deployment starts, and then stays on the digest.",
    ),
    Card(
        "ecr-two-tags",
        _LESSON,
        "Q3",
        "How can a running image be traced to its commit?",
        "Give one image two tags, a version and the commit, and make tags immutable.",
        "Building twice may give two digests under two names that should be one.",
    ),
    Card(
        "ecr-immutable",
        _LESSON,
        "Q3",
        "An immutable repository answers ImageTagAlreadyExistsException. What now?",
        "Push under a new tag.",
        "Two builds claimed one version; opening the repository would hide that.",
    ),
    Card(
        "ecr-exclusion",
        _LESSON,
        "Q3",
        "How do versions stay fixed while `latest` moves?",
        "`IMMUTABLE_WITH_EXCLUSION` with a pattern for the tags that may move.",
        "It keeps the promise where it matters and the convenience where it does not.",
    ),
    Card(
        "ecr-basic-scan",
        _LESSON,
        "Q3",
        "What does basic scanning not see?",
        "Packages of languages: npm, pip, Maven.",
        "Enhanced scanning by Amazon Inspector reads them, and keeps looking after the push.",
    ),
    Card(
        "ecr-scan-where",
        _LESSON,
        "Q3",
        "Where is scan on push configured today?",
        "In the registry's scanning configuration, by rules with repository filters.",
        (
            "The flag on a repository is being deprecated, and forgets the repository made next "
            "month."
        ),
    ),
    Card(
        "ecr-lifecycle-any",
        _LESSON,
        "Q9",
        "Why is `tagStatus: any, more than 10` a bad rule for keeping ten releases?",
        "Untagged builds count too, and push the releases out.",
        "Use `tagged` with a pattern, and a second rule for `untagged`.",
    ),
    Card(
        "ecr-lifecycle-and",
        _LESSON,
        "Q9",
        "Two patterns in one `tagPatternList`: and, or or?",
        "And: an image must match both.",
        "For or, write two rules.",
    ),
    Card(
        "ecr-small",
        _LESSON,
        "Q3",
        "Three decisions make an image small and safe. Which?",
        "A multi-stage build, a small base image, a user that is not root.",
        "Faster pulls at each task start, fewer CVEs, less for an intruder.",
    ),
    Card(
        "ecr-deleted-secret",
        _LESSON,
        "Q11",
        "A secret was copied into an image and removed in a later layer. Is it gone?",
        "No: the earlier layer still holds it.",
        "Layers only add. Rotate the secret and keep it in Secrets Manager.",
    ),
)
