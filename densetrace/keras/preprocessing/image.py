"""Images as arrays: the functions of `keras.utils`. Follows keras 2.14 preprocessing/image.py."""

from densetrace.keras.utils.image_utils import array_to_img, img_to_array, load_img, save_img

__all__ = ["array_to_img", "img_to_array", "load_img", "save_img"]
