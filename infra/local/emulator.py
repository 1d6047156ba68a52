"""`python -m infra.local.emulator`: ministack, with the kinds of resource that its CloudFormation lacks."""

from ministack.app import main
from ministack.services.cloudformation.provisioners import _RESOURCE_HANDLERS

from infra.local import monitoring_resources

_RESOURCE_HANDLERS.update(monitoring_resources.HANDLERS)

if __name__ == "__main__":
    main()
