# SAM and cfn-lint find nothing in the templates.
source .ci/common.sh
sam_tools
"$PORTICO_CACHE/venv-sam/bin/sam" validate --lint --region eu-central-1
"$PORTICO_CACHE/venv-sam/bin/cfn-lint" template.yaml infra/*.yaml
