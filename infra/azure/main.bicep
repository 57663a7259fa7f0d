// Vigil as a function app on Flex Consumption, with a system-assigned identity and no stored keys.
// README.md beside this file has the steps.

targetScope = 'resourceGroup'

// A storage account that Vigil watches; it may be in another resource group or subscription.
type monitoredAccount = {
  resourceId: string
  // name of the workspace (parameter workspaces) that its logs go to
  workspace: string
  // lets Vigil delete log blobs that are older than the service's retention policy; otherwise it only reads them
  deletesExpiredLogs: bool
  // lets Vigil write the $Metrics tables and count queues and tables
  writesMetrics: bool
}

// A Log Analytics workspace that Vigil plays; the customer id is a GUID.
type playedWorkspace = {
  name: string
  customerId: string
  resourceId: string
}

// A role on a scope, for the object id of a user, group or application, or the id of an API key.
type roleAssignment = {
  principalId: string
  role: 'Vigil.Reader' | 'Vigil.Contributor' | 'Vigil.Ingest' | 'Vigil.Operator' | 'Vigil.Owner'
  scope: string
}

@description('Name of the function app, and beginning of the other names.')
@minLength(2)
@maxLength(32)
param name string

param location string = resourceGroup().location

@description('The storage accounts to watch.')
param monitoredAccounts monitoredAccount[]

@description('The workspaces that are played; none: one called default.')
param workspaces playedWorkspace[] = []

@description('Tenant whose access tokens are accepted.')
param tenantId string = tenant().tenantId

@description('Client id of Vigil\'s app registration (see README).')
param clientId string

@description('Audiences of other clients whose tokens are accepted.')
param audiences string[] = []

param roleAssignments roleAssignment[] = []

@description('Base64 of 32 random bytes; keep it, a new one makes all API keys invalid.')
@secure()
param keySecret string

@allowed(['20', '22'])
param nodeVersion string = '22'

@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@minValue(40)
@maxValue(1000)
param maximumInstanceCount int = 40

// 3 to 24 lower-case letters and digits, unique in all of Azure
var storageName = take('vigil${uniqueString(resourceGroup().id, name)}', 24)
var packageContainer = 'app-package'
var roles = {
  storageBlobDataOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  storageQueueDataContributor: '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
  storageTableDataContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
  monitoringMetricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb'
}
// what the Functions host needs of its storage: leases and package (blob), triggers and poison queues, tables
var stateRoles = [
  roles.storageBlobDataOwner
  roles.storageQueueDataContributor
  roles.storageTableDataContributor
]

var accounts = map(monitoredAccounts, account => {
  resourceId: account.resourceId
  name: last(split(account.resourceId, '/'))
  connection: 'VigilAccount_${last(split(account.resourceId, '/'))}'
  workspace: account.workspace
})
var suffix = environment().suffixes.storage
var accountSettings = flatten(map(accounts, account => [
  { name: '${account.connection}__blobServiceUri', value: 'https://${account.name}.blob.${suffix}' }
  { name: '${account.connection}__queueServiceUri', value: 'https://${account.name}.queue.${suffix}' }
  { name: '${account.connection}__tableServiceUri', value: 'https://${account.name}.table.${suffix}' }
]))
var vigilAccounts = map(accounts, account => {
  resourceId: account.resourceId
  connection: account.connection
  workspace: account.workspace
})
var workspaceSettings = empty(workspaces) ? [] : [{ name: 'VIGIL_WORKSPACES', value: string(workspaces) }]

resource storage 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: storageName
  location: location
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
  properties: {
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }

  resource blobs 'blobServices' = {
    name: 'default'

    resource packages 'containers' = {
      name: packageContainer
    }
  }
}

resource logs 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: '${name}-logs'
  location: location
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: 30
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: '${name}-insights'
  location: location
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: logs.id
    DisableLocalAuth: true
  }
}

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: '${name}-plan'
  location: location
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: name
  location: location
  kind: 'functionapp,linux'
  identity: { type: 'SystemAssigned' }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${storage.properties.primaryEndpoints.blob}${packageContainer}'
          authentication: { type: 'SystemAssignedIdentity' }
        }
      }
      scaleAndConcurrency: {
        maximumInstanceCount: maximumInstanceCount
        instanceMemoryMB: instanceMemoryMB
      }
      runtime: { name: 'node', version: nodeVersion }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      appSettings: concat(
        [
          { name: 'AzureWebJobsStorage__accountName', value: storage.name }
          { name: 'APPLICATIONINSIGHTS_CONNECTION_STRING', value: insights.properties.ConnectionString }
          { name: 'APPLICATIONINSIGHTS_AUTHENTICATION_STRING', value: 'Authorization=AAD' }
          { name: 'VIGIL_AUTH', value: 'entra' }
          { name: 'VIGIL_TENANT_ID', value: tenantId }
          { name: 'VIGIL_CLIENT_ID', value: clientId }
          { name: 'VIGIL_AUDIENCES', value: string(audiences) }
          { name: 'VIGIL_ROLE_ASSIGNMENTS', value: string(roleAssignments) }
          { name: 'VIGIL_KEY_SECRET', value: keySecret }
          { name: 'VIGIL_ACCOUNTS', value: string(vigilAccounts) }
        ],
        workspaceSettings,
        accountSettings
      )
    }
  }

  // publishing goes by Entra ID only
  resource ftp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }
  resource scm 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }
}

resource stateAccess 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in stateRoles: {
    name: guid(storage.id, app.id, role)
    scope: storage
    properties: {
      principalId: app.identity.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
    }
  }
]

resource telemetryAccess 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, app.id, roles.monitoringMetricsPublisher)
  scope: insights
  properties: {
    principalId: app.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.monitoringMetricsPublisher)
  }
}

module accountAccess 'monitored-account.bicep' = [
  for (account, index) in monitoredAccounts: {
    name: 'vigil-account-${index}'
    // /subscriptions/<2>/resourceGroups/<4>/…
    scope: resourceGroup(split(account.resourceId, '/')[2], split(account.resourceId, '/')[4])
    params: {
      accountName: last(split(account.resourceId, '/'))
      principalId: app.identity.principalId
      deletesExpiredLogs: account.deletesExpiredLogs
      writesMetrics: account.writesMetrics
    }
  }
]

output url string = 'https://${app.properties.defaultHostName}'
output principalId string = app.identity.principalId
