"""GraphQL documents of these tests, beside those of the main job."""

_FAULT = "... on Error { code message field hint }"


def mutation(verb: str, subject: str, shown: str = "id") -> str:
    """A mutation that shows its subject and the operation; `verb` such as deleteTraining."""
    name = verb[0].upper() + verb[1:]
    return f"""
mutation ($input: {name}Input!) {{
  {verb}(input: $input) {{
    ... on {name}Payload {{ {subject} {{ {shown} }} operation {{ id }} }}
    ... on ConflictError {{ blocking {{ __typename ... on Node {{ id }} }} }}
    {_FAULT}
  }}
}}"""


CANCEL_TRAINING = mutation("cancelTraining", "training")
RETRY_TRAINING = mutation("retryTraining", "training")
DELETE_TRAINING = mutation("deleteTraining", "training")
DELETE_MODEL = mutation("deleteModel", "model")
DELETE_DATASET = mutation("deleteDataset", "dataset")
UPDATE_PROJECT = mutation("updateProject", "project")
DELETE_PROJECT = mutation("deleteProject", "project")
DELETE_SERVING = mutation("deleteServing", "serving")
UPDATE_SERVING = mutation("updateServing", "serving")
PROMOTE_CANARY = mutation("promoteCanary", "serving")
ROLL_BACK_CANARY = mutation("rollBackCanary", "serving")

_STEPS = """
steps {
  name state skipped exitCode reason message startedAt finishedAt
  error { code message column hint }
  blockedBy { code message }
}"""

FOLLOW_TRAINING = f"""
subscription ($id: ID!) {{
  training(id: $id) {{
    state message attemptCount
    blockedBy {{ code message }}
    modelVersion {{ id }}
    latestAttempt {{ number work state error {{ code message column hint }} {_STEPS} }}
  }}
}}"""

FOLLOW_SERVING = """
subscription ($id: ID!) {
  serving(id: $id) {
    state servable loadedReplicas desiredReplicas mode
    blockedBy { code message }
    activeRevision { number }
    revisions(first: 20) {
      nodes { number state mode loadedReplicas desiredReplicas message modelVersion { id } }
    }
  }
}"""

FOLLOW_CANARY = """
subscription ($id: ID!) {
  serving(id: $id) {
    servable canPromote canRollBack
    canary { percent servable loadedReplicas desiredReplicas since modelVersion { id } }
    activeModelVersion { id }
    revisions(first: 20) { nodes { number state } }
  }
}"""

FOLLOW_OPERATION = """
subscription ($id: ID!) { operation(id: $id) { state lastError blockedBy { code message } } }"""

FOLLOW_LOG = """
subscription ($id: ID!, $attempt: Int!, $step: StepName!) {
  stepLog(trainingId: $id, attempt: $attempt, step: $step) { text nextOffset ended }
}"""

KEPT_LOG = """
query ($id: ID!) {
  training(id: $id) { latestAttempt { steps { name log(limit: 262144) { text ended } } } }
}"""

FOLLOW_EVENTS = """
subscription ($id: ID!, $after: String) {
  projectEvents(projectId: $id, after: $after) {
    ... on EventBatch { cursor events { sequence type noun subjectId message } }
    ... on Resync { cursor }
  }
}"""

EVENTS_OF = """
query ($id: ID!, $subject: ID!) {
  project(id: $id) {
    events(first: 100, orderBy: SEQUENCE_ASC, filter: { subjectId: $subject }) { nodes { type } }
  }
}"""

LINEAGE = """
query ($id: ID!) {
  modelVersion(id: $id) {
    model { id name }
    training { id }
    datasetVersion { id dataset { id } }
  }
}"""
