// What Vigil's identity may do on a storage account that it watches: read its settings and list it, read (and delete)
// blobs in $logs and nowhere else.

param accountName string
param principalId string
param deletesExpiredLogs bool
param writesMetrics bool

var roles = {
  // settings, logging and retention included; no keys and no data
  reader: 'acdd72a7-3385-48ef-bd42-f606fba81ae7'
  storageBlobDataReader: '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1'
  storageBlobDataContributor: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
  storageQueueDataReader: '19e7f393-937e-4f77-808e-94535e297925'
  storageTableDataContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
}
var blobRole = deletesExpiredLogs ? roles.storageBlobDataContributor : roles.storageBlobDataReader
var otherRoles = concat([roles.reader], writesMetrics ? [roles.storageQueueDataReader, roles.storageTableDataContributor] : [])

// listing is allowed everywhere (capacity), everything else on blobs only in $logs
var onlyLogs = '''
(
  (
    !(ActionMatches{'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read'} AND NOT SubOperationMatches{'Blob.List'})
    AND !(ActionMatches{'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write'})
    AND !(ActionMatches{'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/add/action'})
    AND !(ActionMatches{'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/delete'})
    AND !(ActionMatches{'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/move/action'})
  )
  OR
  (
    @Resource[Microsoft.Storage/storageAccounts/blobServices/containers:name] StringEquals '$logs'
  )
)
'''

resource account 'Microsoft.Storage/storageAccounts@2023-05-01' existing = {
  name: accountName
}

resource blobAccess 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account.id, principalId, blobRole)
  scope: account
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobRole)
    condition: onlyLogs
    conditionVersion: '2.0'
  }
}

resource otherAccess 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in otherRoles: {
    name: guid(account.id, principalId, role)
    scope: account
    properties: {
      principalId: principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
    }
  }
]
