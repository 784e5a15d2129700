using StreamNer.Inference.Domain;

namespace StreamNer.Tools.Labelling;

/// <summary>What one of the models says of a document, cut out of the outcome of all.</summary>
/// <param name="Model">Its name; empty where one model labels alone.</param>
/// <param name="IsTagger">Whether its tokens are its result.</param>
/// <param name="Tokens">Its tokens.</param>
internal readonly record struct ModelView(string Model, bool IsTagger, ArraySegment<LabelledToken> Tokens)
{
    /// <summary>The views of all models that were asked, one or more.</summary>
    public static IReadOnlyList<ModelView> Of(DocumentOutcome.Labelled labelled)
    {
        var tokens = System.Runtime.InteropServices.ImmutableCollectionsMarshal.AsArray(labelled.Tokens)!;
        if (labelled.Models.IsEmpty)
            return [new ModelView("", labelled.IsTagger, tokens)];

        var views = new ModelView[labelled.Models.Length];
        var from = 0;
        for (var i = 0; i < views.Length; i++)
        {
            var (model, count, isTagger) = labelled.Models[i];
            views[i] = new ModelView(model, isTagger, new ArraySegment<LabelledToken>(tokens, from, count));
            from += count;
        }

        return views;
    }
}
