"""The community database: a virtual machine of ours with TimescaleDB's Community edition."""

import base64

import pulumi
from pulumi_azure_native import compute, network

from infra.parts.cloud_init import Filling, document
from infra.parts.database import NAME, USER
from infra.parts.identities import Identity
from infra.parts.network import APPS, Network
from infra.parts.private_link import PrivateZone
from infra.parts.stack import Part, Stack
from infra.parts.storage import Storage
from infra.parts.vault import Vault

ADMIN = "keeper"
"""Whoever logs in; not `operator`, which is a group of Debian's and so no new user's name."""

FIRST_START = ["osProfile", "storageProfile.imageReference"]
"""What a machine is made with and Azure never changes; packages are patched inside it."""

ZONE = "dtbase.internal"
ADDRESS = "10.40.2.10"


class CommunityDatabase(Part):
    """A machine whose data lies on a disk of its own, which outlives it."""

    def __init__(self, stack: Stack, whole: Network, vault: Vault, storage: Storage) -> None:
        """Make disk, network card and machine, and let it reach its password and its backups."""
        super().__init__("Database", stack)
        self.identity = Identity(stack, "database")
        rights = vault.let_read(self.identity, frozenset({"database-password"}))
        storage.let_write(self.identity)
        self.disk = compute.Disk(
            "database-disk",
            disk_name=stack.names.of("disk", "database"),
            disk_size_gb=stack.settings.dimensions.database_gb,
            sku=compute.DiskSkuArgs(name="Premium_LRS"),
            creation_data=compute.CreationDataArgs(create_option="Empty"),
            public_network_access="Disabled",
            network_access_policy="DenyAll",
            **stack.here,
            opts=self.kept,
        )
        self._give_name(whole)
        self.machine = self._machine(self._card(whole), vault, storage, rights)

    @property
    def host(self) -> pulumi.Output[str]:
        """Return the name by which the apps reach it."""
        return pulumi.Output.from_input(f"database.{ZONE}")

    @property
    def monitored(self) -> pulumi.CustomResource:
        """Return the resource whose figures are watched."""
        return self.machine

    @property
    def load(self) -> str:
        """Return what Azure calls the percentage of processor time that it uses."""
        return "Percentage CPU"

    def _give_name(self, whole: Network) -> None:
        zone = PrivateZone(self.stack, "database", ZONE, whole)
        zone.point("database", ADDRESS, "database-name")

    def _card(self, whole: Network) -> network.NetworkInterface:
        return network.NetworkInterface(
            "database-card",
            network_interface_name=self.stack.names.of("nic", "database"),
            ip_configurations=[
                network.NetworkInterfaceIPConfigurationArgs(
                    name="private",
                    subnet=network.SubnetArgs(id=whole.database.id),
                    private_ip_allocation_method="Static",
                    private_ip_address=ADDRESS,
                )
            ],
            **self.stack.here,
            opts=self.ours,
        )

    def _machine(
        self,
        card: network.NetworkInterface,
        vault: Vault,
        storage: Storage,
        rights: list[pulumi.Resource],
    ) -> compute.VirtualMachine:
        once = pulumi.ResourceOptions(ignore_changes=FIRST_START)
        options = pulumi.ResourceOptions.merge(self.kept, self.after(*rights))
        options = pulumi.ResourceOptions.merge(options, once)
        size = self.stack.settings.dimensions
        return compute.VirtualMachine(
            "database-machine",
            vm_name=self.stack.names.of("vm", "database"),
            hardware_profile=compute.HardwareProfileArgs(vm_size=size.machine),
            identity=compute.VirtualMachineIdentityArgs(
                type=compute.ResourceIdentityType.USER_ASSIGNED,
                user_assigned_identities=[self.identity.id],
            ),
            network_profile=compute.NetworkProfileArgs(
                network_interfaces=[compute.NetworkInterfaceReferenceArgs(id=card.id)]
            ),
            os_profile=self._system(self._document(vault, storage)),
            storage_profile=self._disks(),
            security_profile=compute.SecurityProfileArgs(
                security_type="TrustedLaunch",
                uefi_settings=compute.UefiSettingsArgs(
                    secure_boot_enabled=True, v_tpm_enabled=True
                ),
            ),
            **self.stack.here,
            opts=options,
        )

    def _document(self, vault: Vault, storage: Storage) -> pulumi.Output[str]:
        size = self.stack.settings.dimensions
        found = pulumi.Output.all(
            vault.vault.name, storage.account.name, self.identity.identity.client_id
        )
        text: pulumi.Output[str] = found.apply(
            lambda each: document(
                Filling(each[0], each[1], each[2], size.connections, APPS, USER, NAME)
            )
        )
        return text.apply(lambda plain: base64.b64encode(plain.encode()).decode())

    def _system(self, custom_data: pulumi.Output[str]) -> compute.OSProfileArgs:
        key = self.stack.settings.ssh_public_key
        path = f"/home/{ADMIN}/.ssh/authorized_keys"
        keys = [compute.SshPublicKeyArgs(key_data=key, path=path)] if key else []
        return compute.OSProfileArgs(
            computer_name="database",
            admin_username=ADMIN,
            custom_data=custom_data,
            linux_configuration=compute.LinuxConfigurationArgs(
                disable_password_authentication=True,
                ssh=compute.SshConfigurationArgs(public_keys=keys),
                # by unattended-upgrades within: Azure refuses its own for images not on its list
                patch_settings=compute.LinuxPatchSettingsArgs(
                    patch_mode="ImageDefault", assessment_mode="ImageDefault"
                ),
            ),
        )

    def _disks(self) -> compute.StorageProfileArgs:
        image = compute.ImageReferenceArgs(
            publisher="debian",
            offer="debian-13",
            sku="13-gen2",
            version=self.stack.settings.machine_image,
        )
        return compute.StorageProfileArgs(
            image_reference=image,
            os_disk=compute.OSDiskArgs(create_option="FromImage", delete_option="Delete"),
            data_disks=[
                compute.DataDiskArgs(
                    lun=0,
                    create_option="Attach",
                    delete_option="Detach",
                    caching=compute.CachingTypes.NONE,
                    managed_disk=compute.ManagedDiskParametersArgs(id=self.disk.id),
                )
            ],
        )
