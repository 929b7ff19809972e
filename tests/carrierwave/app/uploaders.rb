ENGINE = CarrierWave.const_get(ENV["ENGINE"] || "MiniMagick")

class PhotoUploader < CarrierWave::Uploader::Base
  include ENGINE
  include Firstsight::CarrierWave if ENV["FIRSTSIGHT"]

  def store_dir
    "uploads/#{model.class.to_s.downcase}/#{mounted_as}/#{model.id}"
  end

  def cache_dir
    "uploads/tmp"
  end

  version :thumb do
    process resize_to_fill: [200, 200]

    version :mini do
      process resize_to_fit: [50, 50]
    end
  end

  version :banner do
    process resize_to_fill: [400, 150, ENV["ENGINE"] == "RMagick" ? Magick::NorthGravity : "North"]
  end

  version :fitted do
    process resize_to_fit: [400, 400]
  end

  version :enlarged do
    process resize_to_fit: [700, 700]
  end

  version :limited do
    process resize_to_limit: [300, 300]
  end

  version :padded do
    process resize_and_pad: [240, 240, ENV["ENGINE"] == "Vips" ? [51, 102, 153] : "#336699"]
  end

  version :drawn do
    process resize_to_limit: [220, nil]
    process convert: "png"
  end

  version :small, from_version: :limited do
    process resize_to_fit: [120, 120]
  end

  version :poster, if: :tall? do
    process resize_to_fill: [150, 300]
  end

  version :huge, if: :never? do
    process resize_to_fit: [2000, 2000]
  end

  def never?(_file)
    false
  end

  def tall?(_file)
    ENV["TALL"] == "1"
  end
end

class CoverUploader < CarrierWave::Uploader::Base
  include CarrierWave::MiniMagick
  include Firstsight::CarrierWave if ENV["FIRSTSIGHT"]

  def store_dir
    "uploads/#{model.class.to_s.downcase}/#{mounted_as}"
  end

  def extension_allowlist
    ["jpg", "jpe", "PNG", "pdf", :psd, /hei[cf]/]
  end

  alias extension_whitelist extension_allowlist

  version :thumb do
    process resize_to_fill: [320, 100]
    process quality: 60
  end

  version :toned do
    process resize_to_limit: [100, 100]
    process :sepia
  end

  version :timed do
    process resize_to_limit: [->(_) { 100 }, 100]
  end

  def quality(percent)
    manipulate! do |image|
      image.quality(percent.to_s)
      image
    end
  end

  def sepia
    manipulate! do |image|
      image.sepia_tone("80%")
      image
    end
  end
end
