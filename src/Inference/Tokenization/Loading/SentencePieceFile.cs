using System.Buffers.Binary;
using System.Text;
using StreamNer.Inference.Files;

namespace StreamNer.Inference.Tokenization.Loading;

/// <summary>What a SentencePiece <c>.model</c> holds: pieces with scores, the unknown one, and the character map.</summary>
/// <remarks>The file is a protobuf message, <c>sentencepiece_model.proto</c>; fields that no encoder needs are skipped.</remarks>
internal sealed class SentencePieceFile
{
    private const int UnigramType = 1;

    private SentencePieceFile()
    {
    }

    /// <summary>The pieces with their scores, in the order of their ids.</summary>
    public List<(string Piece, double Score)> Pieces { get; } = [];

    /// <summary>Id of the unknown piece.</summary>
    public int Unknown { get; private set; }

    /// <summary>True when unknown characters are written as bytes.</summary>
    public bool ByteFallback { get; private set; }

    /// <summary>The compiled character map; empty when there is none.</summary>
    public byte[] CharacterMap { get; private set; } = [];

    private int Type { get; set; } = UnigramType;

    /// <summary>Reads a file; null, with a problem, when it is no unigram model.</summary>
    public static SentencePieceFile? Read(string path, ICollection<string> problems)
    {
        if (BoundedFile.Read(path, problems) is not { } bytes)
            return null;
        try
        {
            var file = new SentencePieceFile();
            file.ReadModel(bytes);
            if (file.Type != UnigramType)
            {
                problems.Add($"{path}: is of the model type {file.Type}, known is {UnigramType} (unigram); "
                    + $"export the tokenizer as {TokenizerJsonReader.FileName}");
            }
            else if (file.Pieces.Count is 0 or > Vocabulary.MaxId)
            {
                problems.Add($"{path}: has {file.Pieces.Count} pieces, 1 to {Vocabulary.MaxId} are read; is it the right file?");
            }
            else
            {
                return file;
            }
        }
        catch (Exception exception) when (exception is InvalidDataException or DecoderFallbackException)
        {
            problems.Add($"{path}: is no SentencePiece model, fetch it again: {exception.Message}");
        }

        return null;
    }

    private void ReadModel(ReadOnlySpan<byte> bytes)
    {
        for (var fields = new Fields(bytes); fields.Next();)
        {
            if (fields.Number == 1)
                ReadPiece(fields.Bytes);
            else if (fields.Number == 2)
                ReadTrainer(fields.Bytes);
            else if (fields.Number == 3)
                ReadNormalizer(fields.Bytes);
        }
    }

    private void ReadPiece(ReadOnlySpan<byte> bytes)
    {
        var (piece, score) = ("", 0f);
        for (var fields = new Fields(bytes); fields.Next();)
        {
            if (fields.Number == 1)
                piece = Fields.StrictUtf8.GetString(fields.Bytes);
            else if (fields.Number == 2)
                score = BitConverter.UInt32BitsToSingle((uint)fields.Value);
        }

        if (!float.IsFinite(score))
            throw new InvalidDataException($"the piece {Pieces.Count} has the score {score}");
        Pieces.Add((piece, score));
    }

    private void ReadTrainer(ReadOnlySpan<byte> bytes)
    {
        for (var fields = new Fields(bytes); fields.Next();)
        {
            if (fields.Number == 3)
                Type = (int)fields.Value;
            else if (fields.Number == 35)
                ByteFallback = fields.Value != 0;
            else if (fields.Number == 40)
                Unknown = (int)fields.Value;
        }
    }

    private void ReadNormalizer(ReadOnlySpan<byte> bytes)
    {
        for (var fields = new Fields(bytes); fields.Next();)
        {
            if (fields.Number == 2)
                CharacterMap = fields.Bytes.ToArray();
        }
    }

    /// <summary>Walks the fields of a protobuf message.</summary>
    private ref struct Fields(ReadOnlySpan<byte> message)
    {
        public static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

        private ReadOnlySpan<byte> _rest = message;

        /// <summary>The field's number.</summary>
        public int Number { get; private set; }

        /// <summary>Its value when it is a number; a fixed one as its bits.</summary>
        public ulong Value { get; private set; }

        /// <summary>Its value when it is a text, bytes or a message.</summary>
        public ReadOnlySpan<byte> Bytes { get; private set; }

        /// <summary>Goes to the next field; false at the end.</summary>
        /// <exception cref="InvalidDataException">The message is cut off or not of this form.</exception>
        public bool Next()
        {
            if (_rest.IsEmpty)
                return false;
            var key = Varint();
            Number = (int)(key >> 3);
            Value = 0;
            Bytes = default;
            switch (key & 7)
            {
                case 0:
                    Value = Varint();
                    break;
                case 1:
                    Value = BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));
                    break;
                case 2:
                    Bytes = Take(Varint());
                    break;
                case 5:
                    Value = BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));
                    break;
                default:
                    throw new InvalidDataException($"field {Number} has the wire type {key & 7}");
            }

            return true;
        }

        private ulong Varint()
        {
            ulong value = 0;
            for (var shift = 0; shift < 64; shift += 7)
            {
                var next = Take(1)[0];
                value |= (ulong)(next & 0x7F) << shift;
                if (next < 0x80)
                    return value;
            }

            throw new InvalidDataException("a number has more than 64 bits");
        }

        private ReadOnlySpan<byte> Take(ulong length)
        {
            if (length > (ulong)_rest.Length)
                throw new InvalidDataException($"it ends {length - (ulong)_rest.Length} bytes too early");
            var taken = _rest[..(int)length];
            _rest = _rest[(int)length..];
            return taken;
        }
    }
}
