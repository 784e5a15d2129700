namespace StreamNer.Actors.Recognition;

/// <summary>Tells whoever asked that the recognition actor stopped before it could answer. Nothing is known of the documents: ask again.</summary>
internal sealed class RecognitionStoppedException() : Exception("recognition stopped before the documents were labelled");
