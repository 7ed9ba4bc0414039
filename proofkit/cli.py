"""The command line: what each command takes, prints, and exits with.

Exit codes: 0 everything asked for was shown; 1 something refuted, invalid or failed; 2 wrong usage or unreadable input;
3 interrupted (what was finished is kept); 4 undecided, only delegated, or an engine that was asked for is unavailable.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proofkit import __version__, interrupts
from proofkit.errors import ProofkitError, UsageError

if TYPE_CHECKING:
    from proofkit.search.prover import Result
    from proofkit.store import Store

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="State a step of a proof about matrices and tensors; see it proved for all sizes, checked exactly, or refuted.",
)
certify_app = typer.Typer(invoke_without_command=True, rich_markup_mode=None, help="Write a certificate that the judge accepts.")
app.add_typer(certify_app, name="certify")

Lemmas = Annotated[list[Path] | None, typer.Option("--lemmas", metavar="DIR", help="A directory of your own lemma modules.")]
Json = Annotated[str, typer.Option("--json", metavar="FILE", help="Write the answer as JSON; - is standard output.")]
Output = Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write the certificate here.")]
Required = Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="Write the certificate here.")]


def run(arguments: Sequence[str]) -> int:
    """Run one command; its exit code. Errors of the user are one line on standard error."""
    try:
        with interrupts.watched():
            return _answered(arguments)
    except typer.TyperException as error:
        return _misused(error.format_message())
    except ProofkitError as error:
        return _misused(str(error))
    except (KeyboardInterrupt, typer.Abort):
        print("proofkit: interrupted", file=sys.stderr)
        return interrupts.INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return interrupts.INTERRUPTED


def _answered(arguments: Sequence[str]) -> int:
    try:
        code: int | None = app(list(arguments), prog_name="proofkit", standalone_mode=False)
        sys.stdout.flush()
    except Exception:
        interrupts.heed()  # it may be what an interrupt became
        raise
    if code != interrupts.INTERRUPTED:
        interrupts.heed()
    return {130: interrupts.INTERRUPTED, None: 0}.get(code, code or 0)


def _misused(message: str) -> int:
    print(f"proofkit: {' '.join(message.split())}", file=sys.stderr)
    return 2


@app.callback(invoke_without_command=True)
def _root(context: typer.Context, version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        print(f"proofkit {__version__}")
        raise typer.Exit(0)
    _help_where_nothing_is_asked(context)


@certify_app.callback()
def _help_where_nothing_is_asked(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        print(context.get_help(), file=sys.stderr)
        raise typer.Exit(2)


def write_json(content: Any, place: str) -> None:
    """Write to a file, or to standard output for "-"."""
    from proofkit.certificates import write_atomically

    text = json.dumps(content, indent=2) + "\n"
    if place == "-":
        sys.stdout.write(text)
    else:
        write_atomically(Path(place), text.encode())


@app.command()
def check(
    names: Annotated[list[str] | None, typer.Argument(metavar="[LEMMA]...", help="All lemmas, where none is named.")] = None,
    rung: Annotated[
        list[str] | None, typer.Option("--rung", metavar="R", help="symbolic, exact, floating, scale, formal.")
    ] = None,
    budget: Annotated[str, typer.Option(help="fast or thorough.")] = "fast",
    seed: Annotated[int, typer.Option(help="Of everything that is drawn at random.")] = 0,
    place: Json = "",
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Where certificates go.")] = Path("proof"),
    lemmas: Lemmas = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Check everything again, whatever earlier runs kept.")] = False,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=0, help="Processes at once; default: one a core, at most 8.")] = 0,
    device: Annotated[
        str, typer.Option(metavar="cpu|cuda:0|...", help="Of the scale rung; default: a GPU where there is one.")
    ] = "",
    seconds: Annotated[
        float,
        typer.Option(min=0, help="What the largest instance of a lemma may take on the scale rung; default: 1, thorough 30."),
    ] = 0.0,
    memory: Annotated[
        float,
        typer.Option(metavar="SHARE", min=0, max=1, help="Of the free memory, what it may take there; default: 0.8."),
    ] = 0.0,
) -> int:
    """Check lemmas, and all they rest on, on every rung whose engine is present; write a certificate a result."""
    from proofkit import checking
    from proofkit.certificates import ensure_writable
    from proofkit.report.terminal import Watcher, print_check
    from proofkit.rungs import Context, scale

    if budget not in ("fast", "thorough"):
        raise UsageError(f"--budget {budget}: write fast or thorough")
    planned = checking.plan(names or (), rung or (), lemmas or ())
    scale.check_device(device)
    ensure_writable(output)
    store = kept_results(fresh)
    results: checking.Results = {}
    written, interrupted = 0, False
    with Watcher(planned, quiet=place == "-") as watcher:
        context = Context(budget, seed, device=device, seconds=seconds, memory=memory, tell=watcher.tell)
        try:
            for name, evidence in checking.run(planned, context, store, jobs or min(os.cpu_count() or 1, 8)):
                results[name, evidence.rung] = evidence
                written += checking.write_certificates(evidence, output)
                watcher.add(name, evidence)
        except KeyboardInterrupt:
            interrupted = True
    results = checking.in_order(planned, results)
    if place:
        write_json(checking.content(planned, results), place)
    if place != "-":
        print_check(planned, results, written, str(output))
    if interrupted:
        left = len(planned.items) - len(results)
        print(
            f"proofkit: interrupted with {left} of {len(planned.items)} checks to go; what was finished is kept", file=sys.stderr
        )
        return interrupts.INTERRUPTED
    return checking.exit_code(planned, results)


def kept_results(fresh: bool = False, only_read: bool = False) -> Store:
    """The results of earlier runs in this directory; a line on standard error where they cannot be kept."""
    from proofkit.store import DIRECTORY, Store

    path = DIRECTORY / "results.sqlite"
    if fresh:
        path.unlink(missing_ok=True)
    store = Store(path if path.exists() or not only_read else None)
    if store.problem:
        print(f"proofkit: {store.problem}", file=sys.stderr)
    return store


@app.command("list")
def list_lemmas(lemmas: Lemmas = None) -> int:
    """All lemmas with their statements, in reading order."""
    from proofkit.lemma import load
    from proofkit.report.terminal import console, list_table

    console().print(list_table(load(lemmas or ())))
    return 0


@app.command()
def show(name: Annotated[str, typer.Argument(metavar="LEMMA")], lemmas: Lemmas = None) -> int:
    """One lemma: statement, idea, source, what it rests on, its verdicts so far, how to reproduce."""
    from proofkit.lemma import load, select
    from proofkit.report.terminal import console, lemma_text
    from proofkit.rungs import NAMES, Context

    found = load(lemmas or ())
    select(found, [name])
    store = kept_results(only_read=True)
    kept = {rung: store.find(found[name], rung, Context(lemmas=found)) for rung in NAMES}
    console().print(lemma_text(found[name], {rung: each for rung, each in kept.items() if each}), soft_wrap=True, end="")
    return 0


@app.command()
def graph(
    form: Annotated[str, typer.Option("--format", help="svg, dot, json or mermaid.")] = "svg",
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help="Default: standard output.")] = None,
    rung: Annotated[str, typer.Option("--rung", metavar="R", help="Whose verdicts are shown.")] = "symbolic",
    lemmas: Lemmas = None,
) -> int:
    """The proof as a picture: which lemma rests on which, read off their certificates, and how far each is shown."""
    from proofkit import checking
    from proofkit.certificates import write_atomically
    from proofkit.graph import graph as network
    from proofkit.report import picture
    from proofkit.report.terminal import Watcher
    from proofkit.rungs import Context

    if form not in picture.FORMS:
        raise UsageError(f"--format {form}: write one of {', '.join(picture.FORMS)}")
    planned = checking.plan_of_graph(rung, lemmas or ())
    store = kept_results()
    results: checking.Results = {}
    with Watcher(planned, quiet=output is None) as watcher:
        for name, evidence in checking.run(planned, Context(), store):
            results[name, evidence.rung] = evidence
            watcher.add(name, evidence)
    text = picture.render(network(planned.lemmas, results, rung), form) + "\n"
    if output is None:
        sys.stdout.write(text)
    else:
        write_atomically(output, text.encode())
        print(f"{len(planned.names)} lemmas drawn in {output}")
    return checking.exit_code(planned, {key: each for key, each in results.items() if key[1] in ("symbolic", rung)})


@app.command()
def prove(
    statement: Annotated[str, typer.Argument(help="One line, such as 'rank(kron(A, B)) == rank(A) * rank(B)'.")],
    where: Annotated[str, typer.Option(help="Declarations: 'A: m n; v: n'.")] = "",
    given: Annotated[list[str] | None, typer.Option(metavar="EQUATION", help="A hypothesis: 'U.T @ U == eye(r)'.")] = None,
    sizes: Annotated[str, typer.Option(metavar="NAME=INT,...", help="Fix sizes: L=3,M=2,r=2:2:2.")] = "",
    almost_everywhere: Annotated[bool, typer.Option("--almost-everywhere", help="Off a set of measure zero.")] = False,
    field: Annotated[str, typer.Option(metavar="any|R|C|Q|GF(p)")] = "any",
    place: Json = "",
    output: Output = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Draw the diagrams and say the steps; with -o, also FILE.svg.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Of the random points tried; no verdict depends on it.")] = 0,
) -> int:
    """Prove or refute one line. Exit 0 proved, 1 refuted, 4 undecided, 2 unreadable."""
    from proofkit.certificates import write_atomically
    from proofkit.search.prover import prove as search

    found = search(statement, where, tuple(given or ()), sizes_of(sizes), almost_everywhere, field, seed=seed)
    code = answer(found, place, output, found.explain() if explain else "")
    if explain and output is not None:
        write_atomically(output.with_name(f"{output.name}.svg"), found.svg().encode())
        if place != "-":
            print(f"diagrams: {output}.svg")
    return code


def sizes_of(text: str) -> dict[str, int | list[int]]:
    """Read "L=3,M=2,r=2:2:2"; raise :class:`UsageError` where that is not what it is."""
    found: dict[str, int | list[int]] = {}
    for part in filter(None, text.split(",")):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        numbers = value.split(":")
        if not equals or not name.isidentifier() or not all(n.isdecimal() and n.isascii() and len(n) < 16 for n in numbers):
            raise UsageError(f"--sizes: found {part!r}; write NAME=INT, or NAME=INT:INT:... for channel counts")
        found[name] = int(value) if len(numbers) == 1 else [int(n) for n in numbers]
    return found


def answer(found: Result, place: str, output: Path | None, words: str = "") -> int:
    """Print an answer (or ``words`` instead), write its certificate, and give its exit code."""
    if output is not None and found.sealed is not None:
        found.sealed.write(output)
    if place:
        write_json(found.content(), place)
    if place != "-":
        print(words or found)
        if output is not None:
            print(f"certificate: {output}" if found.sealed else "no certificate: nothing was shown")
    return {"proved": 0, "refuted": 1}.get(found.verdict, 4)


@certify_app.command("lemma")
def certify_lemma(name: Annotated[str, typer.Argument(metavar="NAME")], output: Required, lemmas: Lemmas = None) -> int:
    """Prove a lemma, and what it rests on, and write its certificate."""
    from proofkit.lemma import load, select
    from proofkit.report.terminal import problem
    from proofkit.rungs import Context, run

    found = load(lemmas or ())
    select(found, [name])
    evidence = run("symbolic", found[name], Context(lemmas=found))
    certificates = dict(evidence.certificates)
    if evidence.verdict == "unavailable":
        raise UsageError(f"{name}: {evidence.scope}; what it certifies of given sizes is written by `proofkit check {name}`")
    if name not in certificates:
        print(problem(name, "symbolic", evidence), file=sys.stderr)
        return 1 if evidence.verdict == "failed" else 4
    certificates[name].write(output)
    print(f"{evidence.verdict}, {evidence.scope}: {output}")
    return 0 if evidence.verdict == "proved" else 1


@certify_app.command("capacity")
def certify_capacity(
    modes: Annotated[int, typer.Option(help="N, the number of inputs: a power of two.")],
    dim: Annotated[int, typer.Option(help="M, the number of representation functions.")],
    channels: Annotated[str, typer.Option(metavar="r0,r1,...", help="One count a level.")],
    output: Required,
    shared: Annotated[bool, typer.Option("--shared", help="Weights that do not depend on position.")] = False,
    witness: Annotated[str, typer.Option(help="structured or random.")] = "structured",
    seed: Annotated[int, typer.Option(help="Of a random witness.")] = 0,
    grade: Annotated[str, typer.Option(help="deterministic, or hashed: random weights, the rank there by hashing.")] = "",
    place: Json = "",
) -> int:
    """Almost every deep network of these sizes needs min(r0, M)^(N/2) channels of a shallow one."""
    from proofkit.certify import capacity, rank_at_random_weights

    sizes = modes, dim, numbers("--channels", channels), shared
    if grade not in ("", "deterministic", "hashed") or (grade == "hashed" and witness != "random"):
        raise UsageError(f"--grade {grade}: write deterministic, or hashed together with --witness random")
    if grade != "hashed":
        return answer(capacity(*sizes, witness, seed), place, output)
    from proofkit.report.progress import columns_progress

    if place != "-":
        print(f"at the weights drawn by the seed {seed}; almost all weights have at least this rank:", flush=True)
    with columns_progress(quiet=place == "-") as progress:
        found = rank_at_random_weights(*sizes, seed, progress)
    return shown(lambda: found.verify(deterministic=False), place, output, exact=False)


@certify_app.command("depth")
def certify_depth(
    modes: Annotated[int, typer.Option(help="N, the number of inputs: a power of two.")],
    dim: Annotated[int, typer.Option(help="M, the number of representation functions.")],
    channels: Annotated[str, typer.Option(metavar="r0,r1,...", help="One count a level.")],
    cut: Annotated[int, typer.Option("--cut", metavar="L2", help="How many levels the other network keeps; 1 is shallow.")],
    shared: Annotated[bool, typer.Option("--shared", help="Weights that do not depend on position.")] = False,
    seed: Annotated[int, typer.Option(help="Of the witness.")] = 0,
    output: Output = None,
    place: Json = "",
) -> int:
    """How many channels a network cut to L2 levels needs, for almost every deep network of these sizes."""
    from proofkit.certify import depth

    return shown(lambda: depth(modes, dim, numbers("--channels", channels), cut, shared, seed=seed), place, output, exact=False)


@certify_app.command("separation")
def certify_separation(
    network: Annotated[Path, typer.Option("--network", metavar="FILE", help="A network file; its weights do not matter.")],
    rows: Annotated[str | None, typer.Option(metavar="0,1,...", help="Modes, counted from 0; default 0,2,4,...")] = None,
    seed: Annotated[int, typer.Option(help="Of the witness.")] = 0,
    output: Output = None,
    place: Json = "",
) -> int:
    """The rank of almost all networks with this pooling tree and these channels, rows | the other modes."""
    from proofkit.certify import separation
    from proofkit.networks import read_network
    from proofkit.networks.geometry import Architecture

    architecture = Architecture.of(read_network(network))
    return shown(lambda: separation(architecture, modes_of(rows), seed=seed), place, output)


@certify_app.command("weights")
def certify_weights(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A network file.")],
    rows: Annotated[str | None, typer.Option(metavar="0,2,...", help="Modes, counted from 0; default 0,2,4,...")] = None,
    output: Annotated[int, typer.Option("--output", metavar="K", help="Which output of the network, from 0.")] = 0,
    tensors: Annotated[Path | None, typer.Option("--weights", metavar="FILE", help="Its weights, as safetensors.")] = None,
    channels: Annotated[
        str | None,
        typer.Option(metavar="Z|Z1,Z2,...|Z1-Z2", help="The distance from shallow networks with fewer channels; rows: the best."),
    ] = None,
    gram: Annotated[Path | None, typer.Option(metavar="FILE", help="Their Gram matrix, JSON: distances of functions.")] = None,
    certificate: Annotated[Path | None, typer.Option("-o", metavar="FILE", help="Write the certificate here.")] = None,
    place: Json = "",
) -> int:
    """The exact rank of your own network's tensor, and how far it is from shallow networks; that goes to FILE.distance, of
    several Z to FILE.distance.Z."""
    from proofkit.certify import weights
    from proofkit.networks import read_gram, read_network

    network = read_network(file, tensors)
    functions = None if gram is None else read_gram(gram)
    wanted = None if channels is None else channels_of(channels)
    return shown(lambda: weights(network, modes_of(rows), output, channels=wanted, gram=functions), place, certificate)


def channels_of(text: str) -> int | list[int]:
    """Read "3", "3,4,8" or "3-8"; raise :class:`UsageError` where that is not what it is, and for more than 64 numbers."""
    first, dash, last = text.partition("-")
    ends = [end for end in (first, last) if dash and end.isdecimal() and end.isascii() and len(end) < 16]
    found = list(range(int(first), min(int(last), int(first) + 64) + 1)) if len(ends) == 2 else []
    found = found if dash else numbers("--channels", text)
    if not 1 <= len(set(found)) <= 64:
        raise UsageError(f"--channels {text}: write one number, up to 64 with commas, or a range such as 3-8")
    return found[0] if text.isdecimal() else found


def numbers(option: str, text: str) -> list[int]:
    """Read "4,4,2"; raise :class:`UsageError` where that is not what it is."""
    parts = text.split(",")
    if not all(part.isdecimal() and part.isascii() and len(part) < 16 for part in parts):
        raise UsageError(f"{option} {text}: write whole numbers with commas, such as 4,4,2")
    return [int(part) for part in parts]


def modes_of(rows: str | None) -> list[int] | None:
    """The modes of --rows: None where it is not given, no mode where it is empty."""
    return None if rows is None else numbers("--rows", rows) if rows else []


def shown(find: Callable[[], Any], place: str, output: Path | None, exact: bool = True) -> int:
    """Print what was certified and write its certificate; exit 4 where the bounds do not meet, or the judge could not follow."""
    from proofkit.certificates import Refused

    try:
        found = find()
    except Refused as error:
        print(f"undecided: the judge did not accept what was found: {error}", file=sys.stderr)
        return 4
    files = {} if output is None else {output: found.sealed}
    if output is not None:
        files |= {output.with_name(output.name + ending): sealed for ending, sealed in getattr(found, "further", {}).items()}
    for path, sealed in files.items():
        sealed.write(path)
    if place:
        write_json(found.content(), place)
    if place != "-":
        print(found)
        for path in files:
            print(f"certificate: {path}")
    return 0 if found.exact or not exact else 4


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    place: Annotated[Path, typer.Option("--in", metavar="DIR", help="The directory of your lemmas.")] = Path("lemmas"),
) -> int:
    """Write a lemma module and its test, to be filled in."""
    from proofkit.scaffold import new as write

    module, test = write(name, place)
    print(f"{module}: fill in the statement and its false sibling\n{test}: run it with pytest")
    print(f"then: proofkit check {name} --lemmas {place}")
    return 0


@app.command()
def rank(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .npy file, a sparse .npz file, or a network file (.json).")],
    field: Annotated[str, typer.Option(metavar="Q|GF(p)")] = "Q",
    rows: Annotated[str | None, typer.Option(metavar="0,2,...", help="Of a network: modes from 0; default 0,2,4,...")] = None,
    channel: Annotated[int, typer.Option(metavar="K", help="Of a network: which output, from 0.")] = 0,
    deterministic: Annotated[bool, typer.Option("--deterministic", help="No soundness error; to rank 256.")] = False,
    radius: Annotated[
        str, typer.Option(metavar="D|FILE", help="Of every real matrix within it: a number, or a .npy file of numbers.")
    ] = "",
    place: Json = "",
    output: Output = None,
) -> int:
    """Certain bounds on the rank of a matrix, put before the judge. Exit 0 when they meet, 4 when not.

    Of a network with product pooling: of its coefficient tensor, rows | other modes, which is never formed where that is cheaper.
    With --radius of every real matrix so near to the one given, by floating point with proved bounds: no certificate, exit 4.
    """
    from proofkit.certificates import ensure_writable
    from proofkit.certify import rank_of_network
    from proofkit.networks import read_network
    from proofkit.ranks import LARGEST_CERTIFICATE, rank_of_file, rank_within
    from proofkit.report.progress import columns_progress

    of_network = file.suffix == ".json"
    if of_network and field != "Q":
        raise UsageError(f"--field {field}: the rank of a network is one over Q")
    if not of_network and (rows is not None or channel):
        raise UsageError("--rows and --channel are for network files (.json)")
    if radius:
        if of_network or field != "Q" or deterministic or output is not None:
            raise UsageError(
                "--radius is for matrices of real numbers and has no certificate: leave out --field, --deterministic, -o"
            )
        return bounded(rank_within(file, radius), place)
    if output is not None:
        ensure_writable(output.parent)
    with columns_progress(quiet=place == "-") as progress:
        if of_network:
            found = rank_of_network(read_network(file), modes_of(rows), channel, progress=progress)
        else:
            found = rank_of_file(file, field=field, progress=progress)
    small = found.certificate_size() <= LARGEST_CERTIFICATE
    sealed = small and found.certifiable
    if sealed:
        found = found.verify(deterministic or None)
    if output is not None and found.sealed is not None:
        found.sealed.write(output)
    if place:
        write_json(found.content(), place)
    if place != "-":
        print(found)
        if not found.certifiable:
            print("no certificate: Wiedemann's sequence has one only for a square matrix of full rank")
        elif not small:
            print(f"no certificate: it would be larger than the {LARGEST_CERTIFICATE // 10**6} MB that the judge reads")
        elif output is not None:
            print(f"certificate: {output}")
    return 0 if found.exact and sealed else 4


def bounded(found: Any, place: str) -> int:
    """Print the bounds on the rank of all matrices within a radius; exit 4, since the judge cannot follow."""
    if place:
        write_json(found.content(), place)
    if place != "-":
        print(found)
        print("no certificate: floating point with proved bounds, which the judge does not follow")
    return 4


@app.command()
def verify(files: Annotated[list[str], typer.Argument(metavar="FILE...")], place: Json = "") -> int:
    """The judge's verdicts, and the claims as it read them. The same as python -I verify.py FILE..."""
    from proofkit import verify as judge

    if place != "-":
        code = judge.main(files)
    verdicts = [(file, judge.examine(file)) for file in files] if place else []
    if place:
        rows = [{"file": file, **verdict_row(verdict)} for file, verdict in verdicts]
        write_json(rows, place)
        code = max((judge.code(verdict) for _, verdict in verdicts), default=0)
    return code


def verdict_row(verdict: Any) -> dict[str, Any]:
    """One file's row of ``verify --json``."""
    return {
        "valid": verdict.valid,
        "verdict": verdict.verdict,
        "claim": verdict.claim,
        "scope": verdict.scope,
        "grade": (verdict.verdict.partition(" (")[2].rstrip(")") or "deterministic") if verdict.valid else "",
        "assumes": list(verdict.assumes),
        "reason": verdict.reason,
    }
