using Akka.Actor;
using StreamNer.Actors.Recognition;
using StreamNer.Inference.Domain;

namespace StreamNer.TestSupport.Kafka;

/// <summary>A recogniser that keeps the protocol and computes its outcomes: no model, no waiting unless the script says so.</summary>
public sealed class ScriptedRecogniser : ReceiveActor
{
    /// <param name="outcome">What becomes of a document. Exceptions break the recogniser, as a fault would.</param>
    /// <param name="gate">Answers wait for this, in order; null answers at once.</param>
    public ScriptedRecogniser(Func<Document, DocumentOutcome> outcome, RecogniserGate? gate)
    {
        Receive<RecognitionProtocol.Recognise>(question =>
        {
            var asker = Sender;
            RecognitionProtocol.Recognised answer;
            try
            {
                answer = new RecognitionProtocol.Recognised([.. question.Documents.Select(outcome)]);
            }
            catch (RecognitionStoppedException stopped)
            {
                asker.Tell(new Status.Failure(stopped));
                return;
            }

            if (gate is null)
                asker.Tell(answer);
            else
                gate.Pass(question.Documents.Count, () => asker.Tell(answer));
        });
    }

    /// <summary>Makes the props.</summary>
    public static Props Props(Func<Document, DocumentOutcome>? outcome = null, RecogniserGate? gate = null) =>
        Akka.Actor.Props.Create(() => new ScriptedRecogniser(outcome ?? FirstWordIsAPerson, gate));

    /// <summary>Answers as a recogniser does that stops with the question open.</summary>
    public static DocumentOutcome Stops(Document document) => throw new RecognitionStoppedException();

    /// <summary>Labels the first word as a person: an outcome that depends on the text.</summary>
    public static DocumentOutcome FirstWordIsAPerson(Document document)
    {
        var text = document.Text;
        var start = 0;
        while (start < text.Length && char.IsWhiteSpace(text[start]))
            start++;
        var end = start;
        while (end < text.Length && !char.IsWhiteSpace(text[end]))
            end++;
        if (start == end)
            return DocumentOutcome.Labelled.Nothing;

        var span = new TextSpan(start, end);
        return new DocumentOutcome.Labelled([new Entity(span, "PER", 0.9871f)], [new LabelledToken(span, "B-PER", 0.9871f)], Windows: 1,
            Truncated: false);
    }
}
