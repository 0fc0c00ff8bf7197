# Made from the contract (/openapi.json) by ../../views.full.test.ts: change that.

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field
from typing_extensions import TypeAliasType

from packshot.view import JobView, View


class AlphaMatting(View):
    """What of the mask is certain: above `foreground_threshold` the product, below `background_threshold` the backdrop, both less `erode_size` pixels; between them the matting decides."""

    foreground_threshold: int = 240
    background_threshold: int = 10
    erode_size: int = 10


class BlurBackdrop(View):
    """The old background, blurred; the standard deviation as a share of its long side."""

    blur: float


class Box(View):
    """Pixels of the result, from its top left corner."""

    left: int
    top: int
    width: int
    height: int


class Canvas(View):
    """Without `width` and `height` the canvas is as large as what is placed on it, and its margins; `aspect` then widens it. With one of them the other follows from `aspect`, or from what is placed."""

    width: int | None = None
    height: int | None = None
    aspect: str | None = None


class ColorBackdrop(View):
    color: str


class ComposeShadow(View):
    """Made from the matte. `drop`: behind the product, as on a wall. `ground`: on the floor it stands on, away from the light. `contact`: dark and narrow, where it touches the floor. `floating`: soft, below a product that hovers. `angle`: where a drop or ground shadow falls, in degrees clockwise from the right (90 is down). `distance`, how far it falls or how high the product hovers, and `softness` are shares of the product's longer side; each kind has its own usual ones."""

    kind: Literal["drop", "ground", "contact", "floating"] | str = "ground"
    opacity: float = 0.4
    angle: float = 60
    distance: float | None = None
    softness: float | None = None
    color: str = "#000000"


class ContrastOptions(View):
    """Contrast-limited adaptive histogram equalisation (CLAHE) of the lightness: `tiles` by `tiles` regions, each histogram cut at `clip_limit` times its mean. `smooth` takes noise out of even areas first, `edges` sharpens afterwards. Of an X-ray the result says that it is not for diagnosis."""

    when: Literal["always", "auto"] | str = "always"
    clip_limit: float = 2
    tiles: int = 8
    smooth: float = 0
    edges: float = 0
    image: Literal["photo", "x-ray"] | str = "photo"


class DeblurOptions(View):
    """`kind` is the blur that the model must be for; `auto` leaves that to the model."""

    when: Literal["always", "auto"] | str = "always"
    model: str | None = None
    strength: float = 1
    kind: Literal["auto", "motion", "defocus"] | str = "auto"


class DenoiseOptions(View):
    """`strength` weighs the denoised picture against the input: 0 leaves it alone, 1 is the model's full answer."""

    when: Literal["always", "auto"] | str = "always"
    model: str | None = None
    strength: float = 1


ErrorCode = TypeAliasType(
    "ErrorCode",
    Literal[
        "invalid_request",
        "invalid_json",
        "invalid_multipart",
        "invalid_pipeline",
        "no_items",
        "too_many_items",
        "body_too_large",
        "unsupported_media_type",
        "all_items_invalid",
        "invalid_item",
        "unauthorized",
        "forbidden",
        "insufficient_credits",
        "rate_limited",
        "not_found",
        "method_not_allowed",
        "conflict",
        "idempotency_key_reused",
        "idempotency_in_progress",
        "not_acceptable",
        "range_not_satisfiable",
        "invalid_signature",
        "limit_reached",
        "upload_incomplete",
        "result_not_ready",
        "no_mask",
        "overloaded",
        "backend_unavailable",
        "internal_error",
        "empty_file",
        "file_too_large",
        "image_too_large",
        "output_too_large",
        "unsupported_format",
        "invalid_base64",
        "region_outside",
        "no_cut_out",
        "corrupt_image",
        "invalid_url",
        "url_not_allowed",
        "source_not_allowed",
        "source_missing",
        "download_failed",
        "model_not_available",
        "model_not_installed",
        "licence_not_accepted",
        "model_mismatch",
        "model_too_large",
        "out_of_memory",
        "expired",
        "timed_out",
        "engine_crashed",
        "engine_restarted",
        "worker_lost",
        "disk_full",
        "storage_error",
        "canceled",
    ]
    | str,
)


class File(View):
    content_type: str
    width: int
    height: int
    bytes: int
    sha256: str
    url: str
    """where it can be fetched without a key; `expires_at` says for how long"""
    expires_at: datetime
    """when the URL ends; ask for the item again to get a fresh one"""


class FilesBeside(View):
    """What lies beside the result."""

    mask: File | None = None
    cutout: File | None = None
    preview: File | None = None
    prompt_mask: File | None = None
    """text that the next click on this photo takes as `mask` in its prompt; from models that take one back"""
    after_denoise: File | None = None
    after_deblur: File | None = None
    after_shadow: File | None = None
    after_contrast: File | None = None
    after_background: File | None = None
    after_upscale: File | None = None
    after_compose: File | None = None


class Input(View):
    """What was found in the file. Width and height are as shown, that is after orientation."""

    name: str | None
    content_type: str | None
    width: int | None
    height: int | None
    bytes: int | None
    sha256: str | None


class ItemError(View):
    """Why an item failed."""

    code: ErrorCode
    message: str
    retryable: bool


class ItemLinks(View):
    self: str
    job: str
    result: str
    mask: str


ItemStatus = TypeAliasType("ItemStatus", Literal["queued", "processing", "succeeded", "failed", "canceled"] | str)


class JobCounts(View):
    """Items of a job by status."""

    total: int
    queued: int
    processing: int
    succeeded: int
    failed: int
    canceled: int


class JobLinks(View):
    self: str
    items: str
    events: str
    archive: str
    cancel: str
    retry: str


JobStatus = TypeAliasType(
    "JobStatus",
    Literal["queued", "processing", "succeeded", "partially_succeeded", "failed", "canceled", "expired"] | str,
)


class LintFinding(View):
    rule: Literal["format", "file_size", "too_small", "too_large", "background", "fill", "cut_off", "border"] | str
    required: bool
    detail: str


class LintReport(View):
    """Which rules of a marketplace a result breaks."""

    marketplace: Literal["amazon", "ebay", "shopify", "google-merchant", "etsy"] | str
    passed: bool
    """no required rule is broken"""
    findings: list[LintFinding]


class LoadedModel(View):
    provider: str
    workers: int


class Margins(View):
    top: int | str = 0
    right: int | str = 0
    bottom: int | str = 0
    left: int | str = 0


class ModelLicence(View):
    spdx: str
    """an SPDX expression, `LicenseRef-…`, or `unknown`"""
    commercial: bool
    """whether it may be used commercially"""
    accept: bool
    """whether it must be accepted by name first"""
    accepted: bool
    """whether it was, or need not be"""


class Outline(View):
    """A line around the product, outside its edge."""

    width: int = 8
    color: str = "#ffffff"


class OutputOptions(View):
    """`auto`: PNG for a result with transparency, else JPEG. `background` fills transparency where the format has none. `zip` holds `color.jpg` and `alpha.png`. The channels `alpha` make the matte the result. `lint` names the marketplaces by whose rules the result is judged. A picture of more than `max_megapixels` is made smaller before anything else is done to it."""

    format: Literal["auto", "png", "webp", "jpeg", "avif", "tiff", "zip"] | str = "auto"
    channels: Literal["rgba", "alpha"] | str = "rgba"
    quality: int = 90
    icc: Literal["srgb", "keep"] | str = "srgb"
    background: str = "#ffffff"
    mask: bool = True
    also: list[Literal["cutout", "preview", "stages"] | str] = []
    lint: list[Literal["amazon", "ebay", "shopify", "google-merchant", "etsy"] | str] = []
    max_megapixels: float | None = None


class Position(View):
    x: float
    y: float


class PreviousSecret(View):
    secret: str
    valid_until: datetime | None


class Prompt(View):
    """What the user pointed at. The best-scored of the first `best_of` masks that the model offers is taken. `softness` is how many logits the edge is wide: 0 cuts where the model's answer changes its sign."""

    points: list[list[float]] = []
    """[x, y, label] each"""
    boxes: list[list[float]] = []
    """[left, top, right, bottom] each"""
    mask: str | None = None
    best_of: int = 3
    softness: float = 1


class Region(View):
    """A rectangle of the picture as it is shown: pixels from the left or top, or shares of its width or height."""

    left: int | str
    top: int | str
    right: int | str
    bottom: int | str


class S3Reference(View):
    bucket: str
    key: str


class ShadowPrompt(View):
    """A shadow that the user pointed at; `model` finds its outline."""

    model: str | None = None
    points: list[list[float]] = []
    """[x, y, label] each"""
    boxes: list[list[float]] = []
    """[left, top, right, bottom] each"""


class StageReport(View):
    """How one stage ran, or why it was skipped."""

    name: Literal["denoise", "deblur", "shadow", "contrast", "background", "upscale", "compose"] | str
    model: str | None
    provider: str | None
    skipped: str | None
    duration_ms: float
    confidence: float | None = None
    """how sure the model was of its cut-out; a hint where to look first, no verdict"""
    notes: list[str] | None = None


class UploadLinks(View):
    self: str
    complete: str


class UpscaleOptions(View):
    """`denoise`: how strongly the enlarging itself takes noise out, for models that come in degrees."""

    when: Literal["always", "auto"] | str = "always"
    model: str | None = None
    scale: float = 2
    denoise: float | None = None


class WebhookSecret(View):
    secret: str
    """`whsec_` and base64; Standard Webhooks libraries take it as it is"""
    previous: list[PreviousSecret]
    """older ones that still sign too, newest first; `valid_until` null: until the settings drop it"""


class BackgroundImage(View):
    """A picture to stand before, its transparency on white: exactly one of url, base64, upload and s3. `base64` is kept as an upload when the job is accepted."""

    url: str | None = None
    base64: str | None = None
    upload: str | None = None
    s3: S3Reference | None = None


class BackgroundOptions(View):
    """`matting` refines the edge at full size, `matting_model` names the model of `vitmatte`; `decontaminate` takes the old background's colour out of the edge. `compatibility` prepares the picture and carries the mask back as rembg or transformers.js does."""

    when: Literal["always", "auto"] | str = "always"
    model: str | None = None
    matting: Literal["none", "guided", "vitmatte", "closed-form"] | str = "guided"
    matting_model: str | None = None
    alpha_matting: AlphaMatting | None = None
    decontaminate: bool = True
    threshold: float | None = None
    compatibility: Literal["none", "rembg", "transformers.js"] | str = "none"
    prompt: Prompt | None = None
    """instead of the product, what the user points at; for models that take prompts"""
    region: Region | None = None
    """only here the product is looked for; what is outside goes"""


class ImageBackdrop(View):
    """`contain` leaves white around the picture."""

    image: BackgroundImage
    fit: Literal["cover", "contain", "stretch"] | str = "cover"


class Item(View):
    """One image of a job."""

    id: str
    custom_id: str | None
    index: int
    status: ItemStatus
    progress: float
    stage: (
        Literal[
            "denoise",
            "deblur",
            "shadow",
            "contrast",
            "background",
            "upscale",
            "compose",
            "download",
            "decode",
            "encode",
            "upload",
        ]
        | str
        | None
    )
    attempts: int
    input: Input
    result: File | None
    also: FilesBeside
    subject: Box | None
    """where the product lies in the result; null where nothing was cut out"""
    lint: list[LintReport]
    """what the marketplaces of `output.lint` say of the result"""
    stages: list[StageReport]
    timings_ms: dict[str, float]
    notes: list[str]
    """what was reduced, clamped, filled or otherwise done differently from what was asked"""
    error: ItemError | None
    links: ItemLinks


class Model(View):
    """A model, as the workers that are alive know it."""

    id: str
    task: str
    """the operation that it serves; `matting` and `prompt` serve `background`"""
    description: str
    architecture: str
    licence: ModelLicence
    packs: list[str]
    supported: bool
    reason: str | None
    """why it is not supported"""
    default: bool
    """serves its task when no model is named"""
    installed: bool
    bytes: int | None
    """size of its files; null where nobody has published it"""
    memory_bytes: int | None
    """its weights and one run, as far as its record tells"""
    loaded: list[LoadedModel]
    """where it runs: by execution provider, how many workers have it loaded; empty: nowhere yet"""


class ModelList(View):
    """Every model that a living worker knows."""

    as_of: datetime | None
    """when a worker last looked; null: none is alive that could say"""
    models: list[Model]


class ShadowOptions(View):
    """`remove` evens cast shadows out; `keep` leaves them, and gives a cut-out the product's own. The engine `model` takes a network's word for it where `mask` is: found by itself (`auto`), or pointed at."""

    when: Literal["always", "auto"] | str = "always"
    mode: Literal["remove", "keep"] | str = "remove"
    engine: Literal["retinex", "model"] | str = "retinex"
    model: str | None = None
    mask: Literal["auto"] | str | ShadowPrompt | None = None
    strength: float = 1


class Upload(View):
    """An image that a client sends before it makes a job of it."""

    id: str
    status: Literal["waiting", "arrived"] | str
    """`arrived`: a job may use it"""
    method: Literal["put", "post", "multipart"] | str
    content_type: (
        Literal["image/jpeg", "image/png", "image/webp", "image/tiff", "image/avif", "image/gif", "image/bmp"] | str
    )
    """type of the image; what is sent must have it"""
    bytes: int
    """size of the image; what is sent must have it exactly"""
    name: str | None
    created_at: datetime
    expires_at: datetime
    """when it is forgotten, unless a job uses it: then it lives as long as the job"""
    links: UploadLinks


class ComposeOptions(View):
    """Puts the cut-out on a canvas."""

    when: Literal["always", "auto"] | str = "always"
    background: Literal["transparent"] | str | ColorBackdrop | ImageBackdrop | BlurBackdrop = Field(
        {"color": "#ffffff"}, validate_default=True
    )
    crop: bool = False
    """the canvas is made for the product instead of the frame"""
    margin: int | str | Margins = Field(0, validate_default=True)
    """kept free around it; shares are of the canvas when that has a `width` or `height`, else of what is placed"""
    scale: Literal["original"] | str | float | None = None
    """how much of the room inside the margins it fills by its tighter side, or `original`; by default all of it on a canvas of given size, else `original`"""
    position: Literal["original"] | str | Position | None = None
    """0..1 of the free room from the left and from the top, or `original`; by default the middle, in the picture's own frame where it was"""
    canvas: Canvas
    shadow: Literal[False] | ComposeShadow = Field(False, validate_default=True)
    outline: Literal[False] | Outline = Field(False, validate_default=True)


class Pipeline(View):
    """An operation is off (`false`) or its options, with every parameter filled in."""

    denoise: Literal[False] | DenoiseOptions
    deblur: Literal[False] | DeblurOptions = Field(False, validate_default=True)
    shadow: Literal[False] | ShadowOptions
    contrast: Literal[False] | ContrastOptions = Field(False, validate_default=True)
    background: Literal[False] | BackgroundOptions
    upscale: Literal[False] | UpscaleOptions
    compose: Literal[False] | ComposeOptions = Field(False, validate_default=True)
    output: OutputOptions


class Job(JobView):
    """A batch of images that go through one pipeline."""

    id: str
    status: JobStatus
    progress: float
    run: int
    """1, and one more for every retry"""
    counts: JobCounts
    pipeline: Pipeline
    metadata: dict[str, str]
    priority: Literal["interactive", "bulk"] | str
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    expires_at: datetime
    """when results and record are deleted"""
    error: ItemError | None
    links: JobLinks
