using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Net.Pkcs11Interop.Common;
using Net.Pkcs11Interop.HighLevelAPI;
using Strata.Core;

namespace Strata.Trust.Tokens;

/// <summary>A private key in a token, and its public half.</summary>
/// <param name="Handle">By which the session knows the private key.</param>
/// <param name="PublicKey">Modulus and exponent.</param>
internal sealed record TokenObject(IObjectHandle Handle, RSAParameters PublicKey);

/// <summary>A conversation with a token: finds the key that a URI names, makes it, signs with it (PKCS #11, version 2.40).</summary>
internal sealed class TokenSession : IDisposable
{
    // DigestInfo of SHA-256 without the digest (RFC 8017, section 9.2, note 1)
    private static readonly byte[] s_sha256Info =
        [0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20];

    private static readonly Pkcs11InteropFactories s_factories = Factories();

    // libraries are initialised once in a process, and end with it
    private static readonly Dictionary<string, IPkcs11Library> s_libraries = new(StringComparer.Ordinal);

    private readonly TokenUri _uri;
    private readonly ISession _session;

    private TokenSession(TokenUri uri, ISession session) => (_uri, _session) = (uri, session);

    /// <summary>Opens one with the token that a URI names.</summary>
    /// <param name="uri">The token.</param>
    /// <param name="pin">Asked for where the token wants it and it was not said yet.</param>
    /// <exception cref="StrataException">The library or the token is not there, or the PIN is wrong.</exception>
    public static TokenSession Open(TokenUri uri, Func<string> pin) => Do(uri, "open", () =>
    {
        ISlot slot = SlotOf(uri);
        ISession session = slot.OpenSession(SessionType.ReadWrite);
        try
        {
            bool isLoggedIn = session.GetSessionInfo().State is CKS.CKS_RW_USER_FUNCTIONS or CKS.CKS_RO_USER_FUNCTIONS;
            if (slot.GetTokenInfo().TokenFlags.LoginRequired && !isLoggedIn)
            {
                session.Login(CKU.CKU_USER, pin());
            }
            return new TokenSession(uri, session);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    });

    /// <summary>The key that the URI names; null when the token has none.</summary>
    /// <exception cref="StrataException">It has several, or one that is not of RSA.</exception>
    public TokenObject? Find() => Do(_uri, "read", () =>
    {
        List<IObjectHandle> found = _session.FindAllObjects([Is(CKA.CKA_CLASS, CKO.CKO_PRIVATE_KEY), .. Names()]);
        return found.Count switch
        {
            0 => null,
            1 => new TokenObject(found[0], PublicOf(found[0])),
            _ => throw new StrataException($"cannot tell which key {_uri} is: the token has {found.Count} of that name",
                "'id=%01' in the URI names one by its identifier."),
        };
    });

    /// <summary>The key that the URI names; made when the token has none.</summary>
    /// <param name="bits">Length of a new one.</param>
    /// <exception cref="StrataException">The token makes no such keys.</exception>
    public TokenObject FindOrMake(int bits) => Find() ?? Do(_uri, "make", () =>
    {
        byte[] id = Sha256Digest.Of(System.Text.Encoding.UTF8.GetBytes(_uri.Label ?? "")).Bytes[..8].ToArray();
        _session.GenerateKeyPair(
            s_factories.MechanismFactory.Create(CKM.CKM_RSA_PKCS_KEY_PAIR_GEN),
            [
                Is(CKA.CKA_TOKEN, true), Is(CKA.CKA_LABEL, _uri.Label ?? ""), Is(CKA.CKA_ID, id), Is(CKA.CKA_VERIFY, true),
                Is(CKA.CKA_MODULUS_BITS, (ulong)bits), Is(CKA.CKA_PUBLIC_EXPONENT, [0x01, 0x00, 0x01]),
            ],
            [
                Is(CKA.CKA_TOKEN, true), Is(CKA.CKA_LABEL, _uri.Label ?? ""), Is(CKA.CKA_ID, id), Is(CKA.CKA_PRIVATE, true),
                Is(CKA.CKA_SENSITIVE, true), Is(CKA.CKA_EXTRACTABLE, false), Is(CKA.CKA_SIGN, true),
            ],
            out _, out IObjectHandle made);
        return new TokenObject(made, PublicOf(made));
    });

    /// <summary>Signs a digest with RSASSA-PKCS1-v1_5.</summary>
    /// <exception cref="StrataException">The token does not.</exception>
    public byte[] Sign(TokenObject key, Sha256Digest digest) => Do(_uri, "sign with", () => _session.Sign(
        s_factories.MechanismFactory.Create(CKM.CKM_RSA_PKCS), key.Handle, [.. s_sha256Info, .. digest.Bytes]));

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    // The package asks for 'libdl', whose name without a version only hosts with headers have.
    private static Pkcs11InteropFactories Factories()
    {
        NativeLibrary.SetDllImportResolver(
            typeof(Pkcs11InteropFactories).Assembly,
            (name, assembly, path) => name == "libdl" ? NativeLibrary.Load("libdl.so.2", assembly, path) : 0);
        return new Pkcs11InteropFactories();
    }

    private static ISlot SlotOf(TokenUri uri)
    {
        IPkcs11Library library;
        lock (s_libraries)
        {
            if (!s_libraries.TryGetValue(uri.ModulePath, out IPkcs11Library? loaded))
            {
                loaded = s_factories.Pkcs11LibraryFactory.LoadPkcs11Library(s_factories, uri.ModulePath, AppType.MultiThreaded);
                s_libraries.Add(uri.ModulePath, loaded);
            }
            library = loaded;
        }
        List<ISlot> slots = [.. library.GetSlotList(SlotsType.WithTokenPresent).Where(Fits)];
        return slots.Count switch
        {
            1 => slots[0],
            0 => throw new StrataException($"cannot open {uri}: no such token is here", "Is it plugged in, and is its label right?"),
            _ => throw new StrataException(
                $"cannot tell which token {uri} is: {slots.Count} fit", "'token=LABEL' or 'serial=NUMBER' in the URI names one."),
        };

        bool Fits(ISlot slot)
        {
            ITokenInfo info = slot.GetTokenInfo();
            return info.TokenFlags.TokenInitialized && (uri.Token is null || info.Label == uri.Token)
                && (uri.Serial is null || info.SerialNumber == uri.Serial);
        }
    }

    private List<IObjectAttribute> Names() =>
    [
        .. _uri.Label is null ? [] : (IObjectAttribute[])[Is(CKA.CKA_LABEL, _uri.Label)],
        .. _uri.Id is null ? [] : (IObjectAttribute[])[Is(CKA.CKA_ID, Convert.FromHexString(_uri.Id))],
    ];

    private RSAParameters PublicOf(IObjectHandle key)
    {
        List<IObjectAttribute> parts = _session.GetAttributeValue(key, [CKA.CKA_KEY_TYPE, CKA.CKA_MODULUS, CKA.CKA_PUBLIC_EXPONENT]);
        return parts[0].GetValueAsUlong() == (ulong)CKK.CKK_RSA && !parts[1].CannotBeRead && !parts[2].CannotBeRead
            ? new RSAParameters { Modulus = parts[1].GetValueAsByteArray(), Exponent = parts[2].GetValueAsByteArray() }
            : throw new StrataException($"cannot use {_uri}: it is no key of RSA, which is all that firmware knows for sure");
    }

    private static IObjectAttribute Is(CKA type, CKO value) => s_factories.ObjectAttributeFactory.Create(type, value);

    private static IObjectAttribute Is(CKA type, bool value) => s_factories.ObjectAttributeFactory.Create(type, value);

    private static IObjectAttribute Is(CKA type, string value) => s_factories.ObjectAttributeFactory.Create(type, value);

    private static IObjectAttribute Is(CKA type, byte[] value) => s_factories.ObjectAttributeFactory.Create(type, value);

    private static IObjectAttribute Is(CKA type, ulong value) => s_factories.ObjectAttributeFactory.Create(type, value);

    private static T Do<T>(TokenUri uri, string what, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Pkcs11Exception e) when (e.RV is CKR.CKR_PIN_INCORRECT or CKR.CKR_PIN_LEN_RANGE or CKR.CKR_PIN_INVALID)
        {
            throw new StrataException($"cannot open {uri}: the PIN is wrong", "Tokens lock themselves after a few wrong ones.", e);
        }
        catch (Pkcs11Exception e) when (e.RV is CKR.CKR_PIN_LOCKED)
        {
            throw new StrataException($"cannot open {uri}: the token is locked after too many wrong PINs", innerException: e);
        }
        catch (Pkcs11Exception e)
        {
            throw new StrataException($"cannot {what} {uri}: the token says {e.RV} to {e.Method}", innerException: e);
        }
        catch (Exception e) when (e is UnmanagedException or LibraryArchitectureException or DllNotFoundException)
        {
            throw new StrataException(
                $"cannot load {uri.ModulePath}: {(File.Exists(uri.ModulePath) ? e.Message : "there is no such file")}",
                "'module-path' of the URI is the library that came with the token.", e);
        }
    }
}
