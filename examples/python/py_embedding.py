"""A tracker in Python: MinVIS' linking, as the component `embedding` does it by default."""

import torch

import clipwork


@clipwork.register("py_embedding")
class PyEmbedding(clipwork.Tracker):
    """links queries by the cosine of their embeddings"""

    needs = ["embeddings"]
    carries = "the last embedding of each track"

    def track(self, prediction, window, state):
        now = prediction.embeddings[0]
        ids = torch.arange(len(now))
        if hasattr(state, "tracks"):
            similarity = unit(now) @ unit(state.tracks).T
            tracks, rows = clipwork.assign(1 - similarity.T)
            ids[rows] = torch.tensor(tracks)
        state.tracks = now[ids.argsort()]
        return ids


def unit(rows):
    return rows / torch.linalg.vector_norm(rows, dim=1, keepdim=True)
