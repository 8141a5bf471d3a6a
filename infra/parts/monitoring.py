"""Logs, alerts and the budget: what tells people that something is wrong, or dear."""

from datetime import UTC, datetime

import pulumi
from pulumi_azure_native import consumption, monitor, operationalinsights

from infra.parts.stack import Part, Stack

ERRORS = """
ContainerAppConsoleLogs
| where Log has "Traceback" or Log has "ERROR"
| summarize failures = count()
"""


class Monitoring(Part):
    """The workspace of logs, whom alerts go to, and the budget."""

    def __init__(self, stack: Stack) -> None:
        """Make the workspace first: everything else sends its logs there."""
        super().__init__("Monitoring", stack)
        self.workspace = operationalinsights.Workspace(
            "logs",
            workspace_name=stack.names.of("log"),
            sku=operationalinsights.WorkspaceSkuArgs(name="PerGB2018"),
            retention_in_days=stack.settings.dimensions.log_days,
            **stack.here,
            opts=self.ours,
        )
        self.people = monitor.ActionGroup(
            "people",
            action_group_name=stack.names.of("ag"),
            group_short_name="dtbase",
            enabled=True,
            email_receivers=[
                monitor.MicrosoftCommonEmailReceiverArgs(
                    name="operators",
                    email_address=stack.settings.alert_email,
                    use_common_alert_schema=True,
                )
            ],
            location="Global",
            tags=stack.tags,
            **stack.inside,
            opts=self.ours,
        )
        self._tell_of_errors()
        self._tell_of_costs()

    def diagnose(
        self,
        name: str,
        resource: pulumi.CustomResource,
        *,
        logs: bool = True,
        figures: str = "AllMetrics",
    ) -> None:
        """Send a resource's logs and figures to the workspace; storage knows other figures."""
        everything = [monitor.DiagnosticsLogSettingsArgs(category_group="allLogs", enabled=True)]
        monitor.DiagnosticSetting(
            f"diagnostics-{name}",
            name=self.stack.names.of("diag", name),
            resource_uri=resource.id,
            workspace_id=self.workspace.id,
            logs=everything if logs else None,
            metrics=[monitor.DiagnosticsMetricSettingsArgs(category=figures, enabled=True)],
            opts=self.ours,
        )

    def warn_above(
        self, name: str, resource: pulumi.CustomResource, metric: str, threshold: float
    ) -> None:
        """Tell the people when a figure of a resource is too high for a quarter of an hour."""
        condition = monitor.MetricCriteriaArgs(
            name=name,
            criterion_type="StaticThresholdCriterion",
            metric_name=metric,
            operator="GreaterThan",
            threshold=threshold,
            time_aggregation="Average",
        )
        monitor.MetricAlert(
            f"alert-{name}",
            rule_name=self.stack.names.of("alert", name),
            scopes=[resource.id],
            severity=2,
            enabled=True,
            evaluation_frequency="PT5M",
            window_size="PT15M",
            criteria=monitor.MetricAlertSingleResourceMultipleMetricCriteriaArgs(
                odata_type="Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria",
                all_of=[condition],
            ),
            actions=[monitor.MetricAlertActionArgs(action_group_id=self.people.id)],
            location="Global",
            tags=self.stack.tags,
            **self.stack.inside,
            opts=self.ours,
        )

    def _tell_of_errors(self) -> None:
        condition = monitor.ConditionArgs(
            query=ERRORS,
            metric_measure_column="failures",
            time_aggregation="Total",
            operator="GreaterThan",
            threshold=10,
        )
        monitor.ScheduledQueryRule(
            "alert-errors",
            rule_name=self.stack.names.of("alert", "errors"),
            scopes=[self.workspace.id],
            severity=2,
            enabled=True,
            skip_query_validation=True,  # the table comes with the first line that an app logs
            evaluation_frequency="PT15M",
            window_size="PT15M",
            criteria=monitor.ScheduledQueryRuleCriteriaArgs(all_of=[condition]),
            actions=monitor.ActionsArgs(action_groups=[self.people.id]),
            **self.stack.here,
            opts=self.ours,
        )

    def _tell_of_costs(self) -> None:
        """Tell at four fifths of the budget, and when the month is foreseen to go over it."""
        settings = self.stack.settings
        consumption.Budget(
            "budget",
            budget_name=self.stack.names.of("budget"),
            scope=self.stack.group.id,
            amount=settings.monthly_budget,
            category="Cost",
            time_grain="Monthly",
            time_period=consumption.BudgetTimePeriodArgs(
                start_date=first_of_month(datetime.now(UTC))
            ),
            notifications={
                "most-is-spent": notification(settings.alert_email, 80, "Actual"),
                "more-is-foreseen": notification(settings.alert_email, 100, "Forecasted"),
            },
            # Azure takes no start before this month, and a budget that is there goes on
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["timePeriod"]),
        )


def first_of_month(now: datetime) -> str:
    """Return when a month began, as a budget is told."""
    return f"{now:%Y-%m}-01T00:00:00Z"


def notification(email: str, percent: int, kind: str) -> consumption.NotificationArgs:
    """Return when a budget writes to somebody."""
    return consumption.NotificationArgs(
        enabled=True,
        operator="GreaterThan",
        threshold=percent,
        threshold_type=kind,
        contact_emails=[email],
    )
